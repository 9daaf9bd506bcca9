package io.millrace.benchmarks.swap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** A run in numbers, and the numbers in words. Durations are milliseconds. */
final class SwapReport {
  private static final String WRONGS = "mustBeZero";

  /** The part of the schedule that must come out while it is quiet. */
  private static final double KEPT_UP = 0.99;

  private SwapReport() {}

  static Map<String, Object> summary(SwapRun run, long intervalNanos, double saturation) {
    SwapAnalysis analysis = new SwapAnalysis(run);
    List<SwapRun.Swap> swaps = run.swaps().stream().filter(swap -> !swap.rollback()).toList();
    List<SwapRun.Swap> rollbacks = run.swaps().stream().filter(SwapRun.Swap::rollback).toList();
    List<SwapRun.Span> around = swaps.stream().map(SwapRun.Swap::window).toList();
    List<SwapRun.Span> aroundRollbacks = rollbacks.stream().map(SwapRun.Swap::window).toList();
    List<SwapRun.Span> loading =
        swaps.stream().map(s -> new SwapRun.Span(s.stagedNanos(), s.loadedNanos())).toList();
    List<SwapRun.Span> quietWindows = windows(run.quiet());

    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("requestsPerSecond", Math.round(1e9 / intervalNanos));
    summary.put("load", Math.round(100 * 1e9 / intervalNanos / saturation) / 100.0);
    summary.put("quietOutputsPerSecond", Math.round(analysis.quietOutputs()));
    summary.put("othersShareOfProcessors", Math.round(1000 * run.othersShare()) / 1000.0);
    summary.put("stolenShareOfProcessors", Math.round(1000 * run.stolenShare()) / 1000.0);
    summary.put("requests", analysis.sent());
    summary.put("swaps", swaps.size());
    summary.put("rollbacks", rollbacks.size());
    summary.put("shadowScores", run.exchange().shadowScores.sum());
    summary.put(WRONGS, analysis.wrongs());

    Map<String, Object> latency = new LinkedHashMap<>();
    latency.put(
        "quiet before", times(analysis.latencies(run.quiet().subList(0, 1), intervalNanos)));
    latency.put("a version loads", times(analysis.latencies(loading, intervalNanos)));
    latency.put(
        "250 ms to either side of a swap", times(analysis.latencies(around, intervalNanos)));
    latency.put(
        "250 ms to either side of a rollback",
        times(analysis.latencies(aroundRollbacks, intervalNanos)));
    latency.put("quiet after", times(analysis.latencies(run.quiet().subList(1, 2), intervalNanos)));
    summary.put("latencyMs", latency);

    Map<String, Object> gaps = new LinkedHashMap<>();
    gaps.put("longest in 500 ms, quiet", times(analysis.longestGaps(quietWindows)));
    gaps.put("longest in 500 ms, swap in the middle", times(analysis.longestGaps(around)));
    gaps.put(
        "longest in 500 ms, rollback in the middle", times(analysis.longestGaps(aroundRollbacks)));
    gaps.put("around any instant, quiet", times(analysis.gapsAroundMiddles(quietWindows)));
    gaps.put("from version to version, swap", times(analysis.handOvers(swaps)));
    gaps.put("from version to version, rollback", times(analysis.handOvers(rollbacks)));
    summary.put("gapMs", gaps);

    Map<String, Object> control = new LinkedHashMap<>();
    control.put(
        "STAGE until every subtask has loaded",
        times(SwapAnalysis.histogram(swaps, s -> s.loadedNanos() - s.stagedNanos())));
    control.put(
        "of that loading, verifying and warming, in the slower subtask",
        times(SwapAnalysis.histogram(swaps, s -> s.loadMillis() * 1_000_000)));
    control.put(
        "ACTIVATE until every subtask has predicted with it", times(analysis.effects(swaps)));
    control.put(
        "ROLLBACK until every subtask has predicted with it", times(analysis.effects(rollbacks)));
    summary.put("controlMs", control);
    return summary;
  }

  /** As long as the windows around swaps, one after the other. */
  private static List<SwapRun.Span> windows(List<SwapRun.Span> spans) {
    long length = 2 * SwapRun.HALF_WINDOW_NANOS;
    List<SwapRun.Span> windows = new ArrayList<>();
    for (SwapRun.Span span : spans) {
      for (long from = span.from(); from + length - span.to() <= 0; from += length) {
        windows.add(new SwapRun.Span(from, from + length));
      }
    }
    return windows;
  }

  private static Map<String, Object> times(Histogram histogram) {
    Map<String, Object> times = new LinkedHashMap<>();
    times.put("count", histogram.getTotalCount());
    times.put("p50", millis(histogram.getValueAtPercentile(50)));
    times.put("p99", millis(histogram.getValueAtPercentile(99)));
    times.put("p99.9", millis(histogram.getValueAtPercentile(99.9)));
    times.put("max", millis(histogram.getMaxValue()));
    return times;
  }

  private static double millis(long nanos) {
    return Math.round(nanos / 1e4) / 100.0;
  }

  static boolean isRight(Map<String, Object> summary) {
    return map(summary, WRONGS).values().stream()
        .allMatch(count -> ((Number) count).longValue() == 0);
  }

  @SuppressWarnings("unchecked") // Maps of this class's making.
  private static Map<String, Object> map(Map<String, Object> in, String key) {
    return (Map<String, Object>) in.get(key);
  }

  @SuppressWarnings("unchecked") // Likewise.
  static String markdown(Map<String, Object> all) {
    Map<String, Object> machine = map(all, "machine");
    StringBuilder text = new StringBuilder("# Changing the model under load\n\n");
    line(
        text,
        "%s, %s cores, JDK %s, %s; commit %s, %s; `%s`.",
        machine.get("processor"),
        machine.get("cores"),
        machine.get("jdk"),
        machine.get("system"),
        machine.get("commit"),
        machine.get("date"),
        all.get("command"));
    line(
        text,
        "\nThe scoring operator with %s subtasks and three XGBoost models of %s trees, whose"
            + " scores differ by more than %s on every vector that is sent. Each swap stages the version"
            + " that is not in memory, so it is loaded, verified and warmed from disk, shadows the"
            + " champion, and is then activated; a rollback goes to the version before, which is in"
            + " memory. When requests are always due, the job scores %s a second, for %s us of processor time each; the runs below send a"
            + " part of that on a fixed schedule. After them it was %s a second. The model alone, encoding"
            + " included, scores %s a second in one thread.",
        all.get("subtasks"),
        all.get("treesOfVersions"),
        SwapModels.APART,
        all.get("saturationPerSecond"),
        all.get("saturationProcessorMicros"),
        all.get("saturationAfterwardsPerSecond"),
        all.get("modelAlonePerSecondAndThread"));
    line(
        text,
        "\nLatency counts from when a request was due until its prediction left the operator. It includes"
            + " Flink's buffer timeout of %s ms, the setting of the jobs that ship, and ticks of 1 ms in which"
            + " requests are sent. Requests and control records come from the same process: Kafka is not part"
            + " of it. Checkpoints every %s ms. The machine was not idle otherwise: compare the"
            + " rows of one run with each other.",
        all.get("bufferTimeoutMs"),
        all.get("checkpointIntervalMs"));
    for (Map<String, Object> run : (List<Map<String, Object>>) all.get("runs")) {
      line(
          text,
          "\n## %s requests a second, %.0f %% of what it can\n",
          run.get("requestsPerSecond"),
          100 * ((Number) run.get("load")).doubleValue());
      line(
          text,
          "%s requests, %s swaps, %s rollbacks, %s shadow scores; while it was quiet, %s predictions a"
              + " second came out. Other processes used %.0f %% of the processors, the host took %.0f %%.\n",
          run.get("requests"),
          run.get("swaps"),
          run.get("rollbacks"),
          run.get("shadowScores"),
          run.get("quietOutputsPerSecond"),
          100 * ((Number) run.get("othersShareOfProcessors")).doubleValue(),
          100 * ((Number) run.get("stolenShareOfProcessors")).doubleValue());
      if (((Number) run.get("quietOutputsPerSecond")).doubleValue()
          < KEPT_UP * ((Number) run.get("requestsPerSecond")).doubleValue()) {
        line(
            text,
            "**The job did not keep up even while it was quiet**: these latencies are of a backlog, and"
                + " say nothing of swaps.\n");
      }
      line(text, "| must be 0 | |\n|---|---:|");
      map(run, WRONGS).forEach((name, count) -> line(text, "| %s | %s |", words(name), count));
      table(text, "latency of requests that were due while", map(run, "latencyMs"));
      table(text, "time without a prediction, in the worse subtask", map(run, "gapMs"));
      table(text, "from a control record", map(run, "controlMs"));
    }
    return text.toString();
  }

  private static void table(StringBuilder text, String title, Map<String, Object> rows) {
    line(
        text,
        "\n| %s (ms) | count | p50 | p99 | p99.9 | max |\n|---|---:|---:|---:|---:|---:|",
        title);
    for (String name : rows.keySet()) {
      Map<String, Object> times = map(rows, name);
      line(
          text,
          "| %s | %s | %s | %s | %s | %s |",
          name,
          times.get("count"),
          times.get("p50"),
          times.get("p99"),
          // Of fewer than a thousand it would be the greatest.
          ((Number) times.get("count")).longValue() < 1_000 ? "" : times.get("p99.9"),
          times.get("max"));
    }
  }

  private static String words(String name) {
    return name.replaceAll("(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
