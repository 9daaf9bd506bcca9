package io.millrace.benchmarks.serve;

import io.millrace.benchmarks.Machine;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The page of results: the goals and what was seen, then the curves. */
final class ServePage {
  static final String RAW = "raw Redis GET";
  static final String NOTHING = "the server, nothing looked up";
  private static final double GOAL_RATE = 1_000;
  private static final double GOAL_BATCH_RATE = 50;

  private final List<Curve> curves;
  private final Fresh fresh;

  /**
   * @param fresh null if it was not measured
   */
  ServePage(List<Curve> curves, Fresh fresh) {
    this.curves = curves;
    this.fresh = fresh;
  }

  /** Goals and what was seen. */
  String summary() {
    StringBuilder text = new StringBuilder("| goal | measured | met |\n|---|---|---|\n");
    for (Curve curve : curves) {
      if (curve.rows() == 1 && !curve.name().equals(RAW)) {
        double rawMs = curve(RAW).micros(99, GOAL_RATE) / 1e3;
        double p99Ms = curve.micros(99, GOAL_RATE) / 1e3;
        String at = " at %.0f requests/s".formatted(GOAL_RATE);
        goal(text, curve.name() + ": p99 <= 0.8 ms" + at, "%.3f ms", p99Ms <= 0.8, p99Ms);
        goal(
            text,
            curve.name() + ": p99 <= 1.3 x raw GET" + at,
            "%.2f x %.3f ms",
            p99Ms <= 1.3 * rawMs,
            p99Ms / rawMs,
            rawMs);
      } else if (curve.rows() > 1) {
        double p99Ms = curve.micros(99, GOAL_BATCH_RATE) / 1e3;
        goal(
            text,
            curve.name() + ": p99 <= 4 ms at %.0f requests/s".formatted(GOAL_BATCH_RATE),
            "%.3f ms",
            p99Ms <= 4,
            p99Ms);
      }
    }
    double most =
        curves.stream()
            .mapToDouble(c -> c.rows() == 1 ? 0 : c.saturation() * c.rows())
            .max()
            .orElse(0);
    if (most > 0) {
      goal(text, ">= 20,000 vectors/s", "%.0f", most >= 20_000, most);
    }
    if (fresh != null) {
      goal(
          text,
          "Kafka to readable: p99 <= 100 ms at half load (%.0f vectors/s, %.0f events/s)"
              .formatted(fresh.vectorsPerSecond(), fresh.eventsPerSecond()),
          "p50 %.1f, p90 %.1f, p99 %.1f, most %.1f ms of %.0f events",
          fresh.ms(99) <= 100,
          fresh.ms(50),
          fresh.ms(90),
          fresh.ms(99),
          fresh.ms(100),
          (double) fresh.nanos().getTotalCount());
    }
    return text.toString();
  }

  private static void goal(
      StringBuilder text, String goal, String measured, boolean met, Object... numbers) {
    text.append(
        String.format(
            Locale.ROOT,
            "| %s | %s | %s |%n",
            goal,
            String.format(Locale.ROOT, measured, numbers),
            met ? "yes" : "no"));
  }

  private Curve curve(String name) {
    return curves.stream().filter(curve -> curve.name().equals(name)).findFirst().orElseThrow();
  }

  /**
   * All of it.
   *
   * @param valueBytes how long a value of Redis is
   * @param turnedAway how many requests the server refused since it had too much to do
   * @param command what was run
   */
  String page(int valueBytes, int turnedAway, String command) {
    StringBuilder page = new StringBuilder("# The feature server under load\n\n");
    page.append("`").append(command).append("`\n\n");
    for (Map.Entry<String, Object> fact : Machine.describe().entrySet()) {
      page.append(fact.getKey()).append(": ").append(fact.getValue()).append("  \n");
    }
    page.append("load average: ")
        .append(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage())
        .append("\n\n")
        .append(summary())
        .append('\n')
        .append(
            """
            %d cards with %d features each in one view, in a Redis of its own (layout packed, %d bytes a value). Generator, server (`millrace serve`) and
            Redis share the machine; each is a process of its own. Requests come in a Poisson process and latency counts from the instant a request was due.
            At each rate the kinds of requests take turns, three times each. Microseconds. "x raw" is the ratio to the raw GET of the same percentile and rate.
            "The server, nothing looked up" is `GET /health/live` on the same connection: what a request costs through HTTP/2 and one more process.

            | what | requests/s | p50 | p90 | p99 | p99.9 | most | p50 x raw | p99 x raw |
            |---|---|---|---|---|---|---|---|---|
            """
                .formatted(Workload.CARDS, Workload.FEATURES, valueBytes));
    for (Curve curve : curves) {
      for (OpenLoop.Result r : curve.results()) {
        page.append(
            String.format(
                Locale.ROOT,
                "| %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | %s | %s |%n",
                curve.name(),
                r.rate(),
                r.micros(50),
                r.micros(90),
                r.micros(99),
                r.micros(99.9),
                r.micros(100),
                ratio(curve, r, 50),
                ratio(curve, r, 99)));
      }
    }
    page.append(
        "\n| what | requests/s at most | vectors/s | processor time of the server a request, us |\n"
            + "|---|---|---|---|\n");
    for (Curve curve : curves) {
      page.append(
          String.format(
              Locale.ROOT,
              "| %s | %.0f | %.0f | %s |%n",
              curve.name(),
              curve.saturation(),
              curve.saturation() * curve.rows(),
              Double.isNaN(curve.processorMicros())
                  ? "-"
                  : String.format(Locale.ROOT, "%.0f", curve.processorMicros())));
    }
    page.append("\n\"At most\" is with a fixed number of requests always on their way. ")
        .append(turnedAway)
        .append(" requests of all were turned away.\n");
    return page.toString();
  }

  private String ratio(Curve curve, OpenLoop.Result result, double percentile) {
    double raw = curve.rows() <= 1 ? curve(RAW).micros(percentile, result.rate()) : Double.NaN;
    return Double.isNaN(raw) || curve.name().equals(RAW)
        ? "-"
        : String.format(Locale.ROOT, "%.2f", result.micros(percentile) / raw);
  }
}
