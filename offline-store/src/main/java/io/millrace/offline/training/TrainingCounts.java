package io.millrace.offline.training;

/**
 * What a walk did. {@code requests = labelled + nullLabels + unanswered}.
 *
 * @param events read
 * @param refused of these, left out since they fail an expectation
 * @param requests inside the spine's range
 * @param labelled given out as rows
 * @param nullLabels left out, since the event that tells has no label (a cancelled flight)
 * @param unanswered left out, since no event told within the horizon
 */
public record TrainingCounts(
    long events, long refused, long requests, long labelled, long nullLabels, long unanswered) {}
