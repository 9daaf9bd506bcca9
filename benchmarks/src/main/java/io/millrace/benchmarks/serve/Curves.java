package io.millrace.benchmarks.serve;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Measures several kinds of requests at the same rates. They take turns in slices of a second or
 * so, so that what else happens on the machine happens to all of them.
 */
final class Curves {
  private static final int SLICES = 3;
  private static final int AT_ONCE = 32;

  private final Supplier<Duration> processorTime;
  private final double seconds;

  /**
   * @param processorTime what the server's process has used so far
   * @param seconds of each point of a curve
   */
  Curves(Supplier<Duration> processorTime, double seconds) {
    this.processorTime = processorTime;
    this.seconds = seconds;
  }

  /**
   * A kind of request.
   *
   * @param rows 0 where nothing is looked up
   */
  record Kind(String name, int rows, OpenLoop.Target target, boolean served) {}

  List<Curve> measure(List<Kind> kinds, double[] rates) throws Exception {
    Map<Kind, List<OpenLoop.Result>> results = new LinkedHashMap<>();
    Map<Kind, Double> saturation = new LinkedHashMap<>();
    Map<Kind, Double> micros = new LinkedHashMap<>();
    for (Kind kind : kinds) {
      results.put(kind, new ArrayList<>());
      Duration before = processorTime.get();
      double most =
          OpenLoop.saturation(
              kind.target(), AT_ONCE / Math.max(1, Math.min(8, kind.rows())), seconds);
      Duration used = processorTime.get().minus(before);
      saturation.put(kind, most);
      micros.put(kind, kind.served() ? used.toNanos() / 1e3 / (most * seconds) : Double.NaN);
    }
    for (double rate : rates) {
      // Beyond what it can do, an open loop only measures how long it was asked to wait.
      List<Kind> able = kinds.stream().filter(kind -> rate < 0.9 * saturation.get(kind)).toList();
      Map<Kind, OpenLoop.Result> merged = new LinkedHashMap<>();
      for (int slice = 0; slice < SLICES; slice++) {
        for (Kind kind : able) {
          OpenLoop.Result now = OpenLoop.run(kind.target(), rate, seconds / SLICES, 42 + slice);
          merged.merge(kind, now, OpenLoop.Result::and);
        }
      }
      merged.forEach(
          (kind, result) -> {
            results.get(kind).add(result);
            System.err.printf(
                Locale.ROOT,
                "%s at %.0f/s: p50 %.0f, p99 %.0f us%n",
                kind.name(),
                rate,
                result.micros(50),
                result.micros(99));
          });
    }
    List<Curve> curves = new ArrayList<>();
    for (Kind kind : kinds) {
      curves.add(
          new Curve(
              kind.name(), kind.rows(), results.get(kind), saturation.get(kind), micros.get(kind)));
    }
    return curves;
  }
}
