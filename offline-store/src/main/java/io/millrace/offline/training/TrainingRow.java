package io.millrace.offline.training;

import io.millrace.feature.Values;

/**
 * One example.
 *
 * @param requestTimeMs the request's event time; the vector holds nothing of it or later
 * @param requestKey the request's columns that its label is joined on, as an {@link
 *     io.millrace.feature.EntityKey} text
 * @param vector in the order of the service's features
 * @param label what came of the request
 */
public record TrainingRow(long requestTimeMs, String requestKey, Values vector, boolean label) {}
