package io.millrace.server.parity;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.feature.loop.ParityReport;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.loop.ParityReport.ReasonCount;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * What the continuous parity counts, as Prometheus scrapes it. {@code predictions = compared +
 * skipped}, {@code compared = equal + all of mismatches}; counted since the process was started.
 * Thread-safe.
 */
public final class ParityMetrics {
  private static final int HTTP_OK = 200;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Counter rounds;
  private final Counter failures;
  private final Counter compared;
  private final Counter equal;
  private final Counter skipped;
  private final Map<Reason, Counter> mismatches = new EnumMap<>(Reason.class);
  private volatile double rate;
  private volatile double lagSeconds;
  private volatile double reachedSeconds;

  public ParityMetrics(String service) {
    rounds = counter("rounds", "Rounds that were reported.", service);
    failures = counter("failures", "Rounds that failed and are made again.", service);
    compared = counter("compared", "Vectors that were recomputed.", service);
    equal = counter("equal", "Vectors that were equal.", service);
    skipped = counter("skipped", "Vectors beyond the budget of a round.", service);
    for (Reason reason : Reason.values()) {
      mismatches.put(
          reason,
          Counter.builder("millrace.parity.mismatches")
              .description("Vectors that were not equal, by the reason.")
              .tag("service", service)
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    Gauge.builder("millrace.parity.mismatch.rate", this, m -> m.rate)
        .description("The share of the last round's compared vectors that were not equal.")
        .tag("service", service)
        .register(registry);
    Gauge.builder("millrace.parity.lag.seconds", this, m -> m.lagSeconds)
        .description("How much event time is answered and not compared yet.")
        .tag("service", service)
        .register(registry);
    Gauge.builder("millrace.parity.reached.seconds", this, m -> m.reachedSeconds)
        .description("Event time of the last request that is compared, since 1970.")
        .tag("service", service)
        .register(registry);
  }

  private Counter counter(String name, String description, String service) {
    return Counter.builder("millrace.parity." + name)
        .description(description)
        .tag("service", service)
        .register(registry);
  }

  void reported(ParityReport report) {
    rounds.increment();
    compared.increment(report.compared());
    equal.increment(report.equal());
    skipped.increment(report.skipped());
    for (ReasonCount reason : report.reasons()) {
      mismatches.get(reason.reason()).increment(reason.count());
    }
    rate = report.mismatchRate();
  }

  void failed() {
    failures.increment();
  }

  /**
   * @param answeredMs up to which request all are answered
   * @param comparedMs and up to which they are compared
   */
  void reached(long answeredMs, long comparedMs) {
    lagSeconds = comparedMs == 0 ? 0 : Math.max(0, answeredMs - comparedMs) / 1_000.0;
    reachedSeconds = comparedMs / 1_000.0;
  }

  /** As Prometheus reads it. */
  public String scrape() {
    return registry.scrape();
  }

  /**
   * Serves {@code /metrics} until the server is closed.
   *
   * @param port 0 for any
   * @throws ParityException if the address cannot be listened at
   */
  public Closeable serve(String bind, int port) {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress(bind, port), 0);
      server.createContext("/metrics", this::answer);
      server.start();
      return () -> server.stop(0);
    } catch (IOException e) {
      throw new ParityException(
          "cannot listen at %s:%d: %s; name another --metrics-port or --bind"
              .formatted(bind, port, e.getMessage()),
          e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] text = scrape().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(HTTP_OK, text.length);
      exchange.getResponseBody().write(text);
    }
  }
}
