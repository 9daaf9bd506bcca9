package io.millrace.feature;

/**
 * A score with the vector and the model that made it.
 *
 * @param id the request's position, {@code topic-partition@offset}: one request, one prediction
 * @param requestKey the request's columns that its label is joined on, as an {@link EntityKey} text
 * @param service whose vector it is
 * @param model the model's name
 * @param modelVersion the model's version, 1 or more
 * @param requestTimeMs the request's event time; the vector holds nothing of it or later
 * @param appendedAtMs when the request was appended to its topic, wall clock
 * @param scoredAtMs when the score was made, wall clock
 * @param score in [0, 1] for a classifier
 */
public record Prediction(
    String id,
    String requestKey,
    String service,
    String model,
    int modelVersion,
    long requestTimeMs,
    long appendedAtMs,
    long scoredAtMs,
    Values vector,
    double score) {}
