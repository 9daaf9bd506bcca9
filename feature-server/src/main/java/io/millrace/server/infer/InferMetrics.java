package io.millrace.server.infer;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What was scored over the Open Inference Protocol, under the names that Triton gave such figures.
 * Thread-safe.
 */
public final class InferMetrics {
  private static final class Counts {
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder rows = new LongAdder();
    private final LongAdder runs = new LongAdder();
    private final LongAdder inputNanos = new LongAdder();
    private final LongAdder inferNanos = new LongAdder();
  }

  private final Map<String, Counts> counts = new ConcurrentSkipListMap<>();

  private Counts of(String model, String version) {
    return counts.computeIfAbsent(
        "model=\"" + model + "\",version=\"" + version + "\"", any -> new Counts());
  }

  void succeeded(String model, String version, int rows, long inputNanos, long inferNanos) {
    Counts of = of(model, version);
    of.succeeded.increment();
    of.rows.add(rows);
    of.runs.add((rows + ServedModel.BATCH - 1) / ServedModel.BATCH);
    of.inputNanos.add(inputNanos);
    of.inferNanos.add(inferNanos);
  }

  void failed(String model, String version) {
    of(model, version).failed.increment();
  }

  /** All figures in the text format of Prometheus. */
  public String prometheus() {
    StringBuilder text = new StringBuilder();
    append(text, "nv_inference_request_success", "requests answered", c -> c.succeeded);
    append(text, "nv_inference_request_failure", "requests refused or failed", c -> c.failed);
    append(text, "nv_inference_count", "rows scored", c -> c.rows);
    append(text, "nv_inference_exec_count", "runs of the model", c -> c.runs);
    appendMicros(
        text,
        "nv_inference_compute_input_duration_us",
        "reading and checking the inputs, features from the store among them",
        c -> c.inputNanos);
    appendMicros(
        text, "nv_inference_compute_infer_duration_us", "running the model", c -> c.inferNanos);
    return text.toString();
  }

  private interface Figure {
    LongAdder of(Counts counts);
  }

  private void append(StringBuilder text, String name, String help, Figure figure) {
    head(text, name, help);
    counts.forEach((labels, c) -> line(text, name, labels, figure.of(c).sum()));
  }

  private void appendMicros(StringBuilder text, String name, String help, Figure figure) {
    head(text, name, help);
    counts.forEach((labels, c) -> line(text, name, labels, figure.of(c).sum() / 1_000));
  }

  private static void head(StringBuilder text, String name, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(" counter\n");
  }

  private static void line(StringBuilder text, String name, String labels, long value) {
    text.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }
}
