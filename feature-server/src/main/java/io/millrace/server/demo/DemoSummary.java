package io.millrace.server.demo;

import io.millrace.inference.model.ModelBundle;
import io.millrace.server.job.JobMetrics;
import io.millrace.server.replay.ReplayResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What came of a run, as people read it.
 *
 * @param seconds from the first event sent to the last one scored
 */
record DemoSummary(
    DemoData data,
    String dataset,
    Path definitions,
    ReplayResult sent,
    JobMetrics metrics,
    double seconds,
    ScoreBoard.Standing standing,
    Map<Integer, Long> byVersion,
    ModelBundle model,
    Path work) {

  /** One line of what goes on. */
  static String progress(JobMetrics metrics, ScoreBoard.Standing standing, long elapsedMs) {
    return String.format(
        Locale.ROOT,
        "%,d events (%,.0f/s), %,d waiting, late %,d, dead %,d | scores %,d, p50 %,d ms, p99 %,d ms"
            + " | version %d, AUC %s, frozen %s, of %,d labels",
        metrics.read(),
        1000.0 * metrics.read() / Math.max(1, elapsedMs),
        metrics.waiting(),
        metrics.late(),
        metrics.dead(),
        standing.predictions(),
        standing.latencyP50Ms(),
        standing.latencyP99Ms(),
        standing.modelVersion(),
        number(standing.auc()),
        number(standing.frozenAuc()),
        standing.labelled());
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add("Summary");
    add(lines, "events sent", "%,d: %s", sent.total(), sent.events());
    add(
        lines,
        "events read",
        "%,d = applied %,d + late %,d + dead %,d%s",
        metrics.read(),
        metrics.applied(),
        metrics.late(),
        metrics.dead(),
        metrics.balanced() && metrics.read() == sent.total() ? "" : "  DOES NOT ADD UP");
    add(lines, "pace", "%,.0f events/s over %.1f s", sent.total() / seconds, seconds);
    add(
        lines,
        "freshness",
        "p50 %,.0f ms, p99 %,.0f ms from append to readable online (newest 10,000 rows)",
        metrics.freshnessP50Ms(),
        metrics.freshnessP99Ms());
    add(
        lines,
        "scoring",
        "%,d predictions, p50 %,d ms, p99 %,d ms from append of the request to its score",
        standing.predictions(),
        standing.latencyP50Ms(),
        standing.latencyP99Ms());
    add(lines, "by version", "%s", byVersion);
    add(
        lines,
        "quality",
        "AUC %s, log-loss %s on %,d labelled requests since %s; the frozen first model: %s, %s",
        number(standing.auc()),
        number(standing.logLoss()),
        standing.labelled(),
        data.trainTo(),
        number(standing.frozenAuc()),
        number(standing.frozenLogLoss()));
    model
        .metrics()
        .staticColumns()
        .ifPresent(
            baseline ->
                add(
                    lines,
                    "at training",
                    "AUC %s with all features, %s with static columns only, 0.5 constant"
                        + " (requests from %s to %s)",
                    number(model.metrics().model().auc()),
                    number(baseline.auc()),
                    data.trainTo(),
                    data.evaluateTo()));
    add(lines, "Parquet", "%s", work.resolve("offline"));
    return lines;
  }

  /** What one can do with the result. */
  List<String> toTry() {
    List<String> lines = new ArrayList<>();
    lines.add("Try");
    lines.add(
        "  ./millrace sql --store "
            + work.resolve("offline")
            + " \"SELECT carrier, count(*) AS flights, avg(arr_delay_min) AS mean_delay FROM arrived"
            + " GROUP BY carrier ORDER BY mean_delay DESC\"");
    lines.add(
        "  ./millrace parity --definitions "
            + definitions
            + " --set dataset="
            + dataset
            + " --service delay_v1 --store "
            + work.resolve("offline")
            + " --sample 10000");
    return lines;
  }

  private static void add(List<String> lines, String name, String format, Object... values) {
    lines.add(String.format("  %-12s ", name) + String.format(Locale.ROOT, format, values));
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }
}
