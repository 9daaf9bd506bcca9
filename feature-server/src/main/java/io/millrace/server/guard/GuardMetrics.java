package io.millrace.server.guard;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the guard counts: {@code millrace_guard_denied_total{reason}}, the limit and the number of
 * requests inside, and when the certificate was last read. Thread-safe.
 */
final class GuardMetrics {
  private final MeterRegistry registry;
  private final Map<Denial, Counter> denied = new EnumMap<>(Denial.class);

  GuardMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (Denial denial : Denial.values()) {
      denied.put(
          denial,
          Counter.builder("millrace.guard.denied")
              .description("requests that the guard did not let pass")
              .tag("reason", denial.label())
              .register(registry));
    }
  }

  void denied(Denial denial) {
    denied.get(denial).increment();
  }

  void watch(AdmissionLimit limit) {
    Gauge.builder("millrace.guard.limit", limit, AdmissionLimit::limit)
        .description("requests that are let in together")
        .register(registry);
    Gauge.builder("millrace.guard.inside", limit, AdmissionLimit::inside)
        .description("requests that are being answered")
        .register(registry);
  }

  void watch(ReloadingTls tls) {
    Gauge.builder("millrace.guard.tls.reloads", tls, ReloadingTls::reloads)
        .description("times that a changed certificate was taken")
        .register(registry);
    Gauge.builder("millrace.guard.tls.failures", tls, ReloadingTls::failures)
        .description("times that a changed certificate could not be taken")
        .register(registry);
  }
}
