package io.millrace.offline.training;

/**
 * What making a training set of a spine did.
 *
 * @param rows of the spine and of the training set
 * @param events that were read, up to the spine's last row
 * @param refused of these, left out since they fail an expectation
 * @param beforeHistory rows whose time is not after the first event: all their windows are empty
 * @param afterHistory rows whose time is after the last event, if the history ends before the spine
 */
public record SpineCounts(
    long rows, long events, long refused, long beforeHistory, long afterHistory) {}
