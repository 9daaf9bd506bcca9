package io.millrace.jobs.training;

import io.millrace.feature.Values;

/**
 * A row of the set.
 *
 * @param number in the sorted spine, from 0
 * @param values what is carried over, then the features
 */
record TrainingSetRow(long number, Values values) {}
