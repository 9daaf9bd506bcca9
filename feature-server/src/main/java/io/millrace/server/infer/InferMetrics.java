package io.millrace.server.infer;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * What was scored over the Open Inference Protocol, under the names that Triton gave such figures.
 * They are registered as gauges, since a counter would be given another name. Thread-safe.
 *
 * <pre>
 * nv_inference_request_success, _failure           requests
 * nv_inference_count                               rows
 * nv_inference_exec_count                          runs of the model
 * nv_inference_compute_input_duration_us           reading and checking, the store among it
 * nv_inference_compute_infer_duration_us           running the model
 * </pre>
 */
public final class InferMetrics {
  private record Version(String model, String version) {}

  private static final class Counts {
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder rows = new LongAdder();
    private final LongAdder runs = new LongAdder();
    private final LongAdder inputNanos = new LongAdder();
    private final LongAdder inferNanos = new LongAdder();
  }

  private final MeterRegistry registry;
  private final Map<Version, Counts> counts = new ConcurrentHashMap<>();

  public InferMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  private Counts of(String model, String version) {
    return counts.computeIfAbsent(new Version(model, version), this::register);
  }

  private Counts register(Version of) {
    Counts counts = new Counts();
    gauge(of, "nv_inference_request_success", counts, c -> c.succeeded.sum());
    gauge(of, "nv_inference_request_failure", counts, c -> c.failed.sum());
    gauge(of, "nv_inference_count", counts, c -> c.rows.sum());
    gauge(of, "nv_inference_exec_count", counts, c -> c.runs.sum());
    gauge(of, "nv_inference_compute_input_duration_us", counts, c -> c.inputNanos.sum() / 1_000.0);
    gauge(of, "nv_inference_compute_infer_duration_us", counts, c -> c.inferNanos.sum() / 1_000.0);
    return counts;
  }

  private void gauge(Version of, String name, Counts counts, ToDoubleFunction<Counts> figure) {
    Gauge.builder(name, counts, figure)
        .tags(Tags.of("model", of.model(), "version", of.version()))
        .register(registry);
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
}
