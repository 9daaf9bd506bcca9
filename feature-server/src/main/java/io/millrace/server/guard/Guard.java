package io.millrace.server.guard;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Stands before all services of a server: tokens, deadline, admission, in this order, the cheapest
 * first.
 *
 * <pre>{@code
 * try (Guard guard = new Guard(options, longest, registry)) {
 *   ServerBuilder server = Server.builder();
 *   guard.protect(server);             // TLS
 *   server.decorator(guard.decorator(path -> path.startsWith("/health/")));
 * }
 * }</pre>
 *
 * <p>A deadline comes in the header {@code X-Request-Timeout-Ms}, or in gRPC's {@code
 * grpc-timeout}, and counts from the moment the request arrived. Thread-safe.
 */
public final class Guard implements AutoCloseable {
  /** How many milliseconds a caller waits. */
  public static final String DEADLINE = "x-request-timeout-ms";

  private static final Pattern MILLISECONDS = Pattern.compile("[0-9]{1,9}");
  private static final Pattern GRPC_TIMEOUT = Pattern.compile("[0-9]{1,8}[HMSmun]");
  private static final String GRPC_DEADLINE = "grpc-timeout";
  private static final Duration TLS_LOOK = Duration.ofSeconds(10);

  private final GuardOptions options;
  private final Duration longestRequest;
  private final GuardMetrics metrics;
  private final AdmissionLimit admission;
  private final ReloadingTls tls;

  /**
   * @param longestRequest the latest deadline that a caller may bring
   * @throws IllegalArgumentException if the certificate cannot be used
   */
  public Guard(GuardOptions options, Duration longestRequest, MeterRegistry registry) {
    this.options = options;
    this.longestRequest = longestRequest;
    this.metrics = new GuardMetrics(registry);
    this.admission =
        new AdmissionLimit(
            options.targetLatency(),
            options.leastAtOnce(),
            options.mostAtOnce(),
            System.nanoTime());
    metrics.watch(admission);
    this.tls = options.tls().map(files -> new ReloadingTls(files, TLS_LOOK)).orElse(null);
    if (tls != null) {
      metrics.watch(tls);
    }
  }

  /**
   * Refuses to let anybody on the network ask, unless that was said.
   *
   * @param host the address that is bound
   * @param insecure whether the user said so
   * @throws IllegalArgumentException naming the ways out
   */
  public static void requireProtected(InetAddress host, GuardOptions options, boolean insecure) {
    if (options.tokens().isEmpty() && !host.isLoopbackAddress() && !insecure) {
      throw new IllegalArgumentException(
          "%s is not loopback, so anybody on the network could ask; give tokens in a file or in %s, bind to 127.0.0.1, or say --insecure"
              .formatted(host.getHostAddress(), ApiTokens.VARIABLE));
    }
  }

  /** Whether callers must speak TLS. */
  public boolean usesTls() {
    return tls != null;
  }

  /** Sets what belongs to the whole server: TLS, and the counting of what never gets further. */
  public void protect(ServerBuilder server) {
    if (tls != null) {
      server.tlsProvider(tls);
    }
    // A body that is too large is refused before any decorator sees it.
    server.accessLogWriter(
        log -> {
          if (log.responseHeaders().status().code() == Denial.TOO_LARGE.httpStatus()) {
            metrics.denied(Denial.TOO_LARGE);
          }
        },
        false);
  }

  /**
   * The decorator for all services.
   *
   * @param exempt paths that pass without a token and are never turned away: health and metrics
   */
  public Function<? super HttpService, ? extends HttpService> decorator(Predicate<String> exempt) {
    return service -> new Guarded(service, exempt);
  }

  private final class Guarded extends SimpleDecoratingHttpService {
    private final Predicate<String> exempt;

    private Guarded(HttpService service, Predicate<String> exempt) {
      super(service);
      this.exempt = exempt;
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
      if (exempt.test(context.path())) {
        return unwrap().serve(context, request);
      }
      if (options.tokens().isPresent() && !isKnown(request.headers())) {
        return deny(
            Denial.UNAUTHENTICATED,
            request,
            "a token is needed; send the header Authorization: Bearer TOKEN",
            HttpHeaders.of(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer"));
      }
      OptionalLong deadlineMs;
      try {
        deadlineMs = deadlineMs(request.headers());
      } catch (IllegalArgumentException e) {
        return deny(Denial.INVALID, request, e.getMessage(), HttpHeaders.of());
      }
      if (deadlineMs.isPresent()) {
        context.setRequestTimeoutMillis(
            TimeoutMode.SET_FROM_START,
            Math.min(deadlineMs.getAsLong(), longestRequest.toMillis()));
      }
      return admitted(context, request);
    }

    private HttpResponse admitted(ServiceRequestContext context, HttpRequest request)
        throws Exception {
      if (!admission.enter()) {
        return deny(
            Denial.BUSY,
            request,
            "%d requests are being answered, which is all that can be in %d ms; ask again"
                .formatted(admission.limit(), options.targetLatency().toMillis()),
            HttpHeaders.of(HttpHeaderNames.RETRY_AFTER, "1", "grpc-retry-pushback-ms", "1000"));
      }
      long since = System.nanoTime();
      HttpResponse response;
      try {
        response = unwrap().serve(context, request);
      } catch (Exception | Error e) {
        leave(since);
        throw e;
      }
      response
          .whenComplete()
          .handle(
              (done, failure) -> {
                leave(since);
                if (context.isTimedOut()) {
                  metrics.denied(Denial.DEADLINE);
                }
                return null;
              });
      return response;
    }

    private void leave(long since) {
      long now = System.nanoTime();
      admission.leave(now - since, now);
    }
  }

  private HttpResponse deny(
      Denial denial, HttpRequest request, String message, HttpHeaders headers) {
    metrics.denied(denial);
    return denial.answer(request, message, headers);
  }

  private boolean isKnown(RequestHeaders headers) {
    String header = headers.get(HttpHeaderNames.AUTHORIZATION);
    return header != null
        && header.regionMatches(true, 0, "Bearer ", 0, 7)
        && options.tokens().orElseThrow().knows(header.substring(7).strip());
  }

  /** The deadline that the caller brings, in milliseconds from arrival. */
  private static OptionalLong deadlineMs(RequestHeaders headers) {
    String text = headers.get(DEADLINE);
    if (text != null) {
      if (!MILLISECONDS.matcher(text).matches() || Long.parseLong(text) == 0) {
        throw new IllegalArgumentException(
            "the header X-Request-Timeout-Ms is '%s'; give a whole number of milliseconds, 1 or more"
                .formatted(shown(text)));
      }
      return OptionalLong.of(Long.parseLong(text));
    }
    String grpc = headers.get(GRPC_DEADLINE);
    if (grpc != null && Denial.isGrpc(headers)) {
      if (!GRPC_TIMEOUT.matcher(grpc).matches()) {
        throw new IllegalArgumentException(
            "the header grpc-timeout is '%s'; give 1 to 8 digits and one of H, M, S, m, u, n"
                .formatted(shown(grpc)));
      }
      return OptionalLong.of(Math.max(1, grpcMillis(grpc)));
    }
    return OptionalLong.empty();
  }

  private static long grpcMillis(String text) {
    long value = Long.parseLong(text.substring(0, text.length() - 1));
    return switch (text.charAt(text.length() - 1)) {
      case 'H' -> value * 3_600_000;
      case 'M' -> value * 60_000;
      case 'S' -> value * 1_000;
      case 'm' -> value;
      case 'u' -> value / 1_000;
      default -> value / 1_000_000;
    };
  }

  private static String shown(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }

  /** Ends the watching of the certificate. */
  @Override
  public void close() {
    if (tls != null) {
      tls.close();
    }
  }
}
