package io.millrace.benchmarks.serve;

import java.util.List;

/**
 * What was seen of one kind of request.
 *
 * @param rows of one request
 * @param results at each rate
 * @param saturation requests a second with a fixed number always on their way
 * @param processorMicros that the server's process used meanwhile, a request; NaN if it is no
 *     server's
 */
record Curve(
    String name,
    int rows,
    List<OpenLoop.Result> results,
    double saturation,
    double processorMicros) {

  /** At a rate, in microseconds; NaN if it was beyond what could be done. */
  double micros(double percentile, double rate) {
    return results.stream()
        .filter(result -> result.rate() == rate)
        .findFirst()
        .map(result -> result.micros(percentile))
        .orElse(Double.NaN);
  }
}
