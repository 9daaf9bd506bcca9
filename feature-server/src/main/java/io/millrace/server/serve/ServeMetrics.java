package io.millrace.server.serve;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.online.ValueStatus;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What {@code /metrics} shows. Thread-safe.
 *
 * <pre>
 * millrace_serve_requests_seconds{api, outcome}   histogram: ok, or the kind of the refusal
 * millrace_serve_rows_total{api}                  rows answered
 * millrace_serve_values_total{status}             values answered, by their status
 * millrace_serve_hot_key_hits_total, ..._misses_total
 * millrace_serve_ready                            1 while the online store is open
 * </pre>
 */
public final class ServeMetrics {
  private static final Duration[] BOUNDS = {
    Duration.ofNanos(100_000),
    Duration.ofNanos(200_000),
    Duration.ofNanos(400_000),
    Duration.ofNanos(800_000),
    Duration.ofNanos(1_500_000),
    Duration.ofMillis(4),
    Duration.ofMillis(10),
    Duration.ofMillis(50),
    Duration.ofMillis(250),
    Duration.ofSeconds(1)
  };

  private record Outcome(String api, String name) {}

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<Outcome, Timer> timers = new ConcurrentHashMap<>();
  private final Map<String, Counter> rows = new ConcurrentHashMap<>();
  private final Map<ValueStatus, Counter> values = new EnumMap<>(ValueStatus.class);

  ServeMetrics(FeatureServing serving) {
    for (ValueStatus status : ValueStatus.values()) {
      values.put(
          status,
          Counter.builder("millrace.serve.values")
              .description("Values answered, by their status.")
              .tag("status", status.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    FunctionCounter.builder("millrace.serve.hot.key.hits", serving, FeatureServing::hotKeyHits)
        .description("Keys answered from memory.")
        .register(registry);
    FunctionCounter.builder("millrace.serve.hot.key.misses", serving, FeatureServing::hotKeyMisses)
        .description("Keys that were not in memory.")
        .register(registry);
    Gauge.builder("millrace.serve.ready", serving, s -> s.isReady() ? 1 : 0)
        .description("1 while the online store is open.")
        .register(registry);
  }

  /** Where modules register meters of their own. */
  public PrometheusMeterRegistry registry() {
    return registry;
  }

  /** Counts an answered request. */
  public void answered(String api, FeatureAnswer answer, long nanos) {
    time(api, "ok", nanos);
    rows.computeIfAbsent(
            api,
            name ->
                Counter.builder("millrace.serve.rows")
                    .description("Rows answered.")
                    .tag("api", name)
                    .register(registry))
        .increment(answer.rows());
    int[] byStatus = new int[ValueStatus.values().length];
    for (int feature = 0; feature < answer.features(); feature++) {
      for (int row = 0; row < answer.rows(); row++) {
        byStatus[answer.status(feature, row).ordinal()]++;
      }
    }
    values.forEach(
        (status, counter) -> {
          if (byStatus[status.ordinal()] > 0) {
            counter.increment(byStatus[status.ordinal()]);
          }
        });
  }

  /** Counts a refused request. */
  public void refused(String api, Refusal refusal, long nanos) {
    time(api, refusal.kind().label(), nanos);
  }

  /**
   * Counts a request that is no lookup.
   *
   * @param outcome {@code ok} or a kind of refusal
   */
  public void time(String api, String outcome, long nanos) {
    timers
        .computeIfAbsent(
            new Outcome(api, outcome),
            key ->
                Timer.builder("millrace.serve.requests")
                    .description("Requests from the first byte of the body to the answer.")
                    .tags("api", api, "outcome", outcome)
                    .serviceLevelObjectives(BOUNDS)
                    .register(registry))
        .record(Duration.ofNanos(nanos));
  }
}
