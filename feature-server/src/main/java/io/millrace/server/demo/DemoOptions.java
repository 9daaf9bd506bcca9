package io.millrace.server.demo;

import java.nio.file.Path;

/**
 * What the demo is told.
 *
 * @param online which online store
 * @param events how many events to replay; {@link Long#MAX_VALUE} for all
 * @param speed event time per wall time; {@link Double#POSITIVE_INFINITY} for as fast as it goes
 * @param retrain whether the loop is closed; otherwise the first model serves throughout
 * @param hold whether the replay stands still while a candidate is trained
 * @param resume whether to go on with a run that was broken off
 * @param shuffled whether the times of the first year's flights are shuffled: no drift at all
 * @param exitWhenDone whether to stop everything after the summary instead of waiting for Ctrl-C
 */
public record DemoOptions(
    Path home,
    Path definitions,
    Path workDir,
    DemoData data,
    OnlineChoice online,
    long events,
    double speed,
    boolean retrain,
    boolean hold,
    boolean resume,
    boolean shuffled,
    boolean exitWhenDone) {}
