package io.millrace.jobs.monitor;

import java.util.Optional;

/**
 * Word of what came of the requests with a key.
 *
 * @param requestKey as {@link io.millrace.feature.Prediction#requestKey()}
 * @param timeMs event time
 * @param label empty if the event tells that there is none
 */
record LabelEvent(String requestKey, long timeMs, Optional<Boolean> label) {}
