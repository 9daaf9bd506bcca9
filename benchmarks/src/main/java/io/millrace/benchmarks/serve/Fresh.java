package io.millrace.benchmarks.serve;

import org.HdrHistogram.Histogram;

/**
 * What came of the probes for freshness.
 *
 * @param nanos from an event's sending to an answer with it
 * @param vectorsPerSecond that the server was asked for meanwhile
 * @param eventsPerSecond that the feature job was sent meanwhile
 */
record Fresh(Histogram nanos, double vectorsPerSecond, double eventsPerSecond) {
  double ms(double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e6;
  }
}
