package io.millrace.server.serve;

import com.linecorp.armeria.common.Flags;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * Where and how the server listens.
 *
 * @param bind the address to listen at
 * @param port the port, or 0 for any that is free
 * @param pagePort a second port with the same services, 0 for any that is free: browsers refuse
 *     Feast's port, since once a scanner's daemon had it
 * @param maxBodyBytes a longer body is refused
 * @param threads how many requests are looked up at once; more wait. Each waits for the store no
 *     longer than a round trip, so more than a few for each processor only get into each other's
 *     way
 * @param requestTimeout after which a request is given up
 */
public record ServeOptions(
    String bind,
    int port,
    OptionalInt pagePort,
    int maxBodyBytes,
    int threads,
    Duration requestTimeout) {
  /** Feast's port. */
  public static final int DEFAULT_PORT = 6566;

  /** 4 MiB, the usual bound of a gRPC message. */
  public static final int DEFAULT_MAX_BODY = 4 << 20;

  /** Twice as many as there are processors, and 4 at least. */
  public static final int DEFAULT_THREADS =
      Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

  public ServeOptions {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be 0 to 65535, but it is " + port);
    }
    if (pagePort.isPresent() && (pagePort.getAsInt() < 0 || pagePort.getAsInt() > 65_535)) {
      throw new IllegalArgumentException(
          "pagePort must be 0 to 65535, but it is " + pagePort.getAsInt());
    }
    if (maxBodyBytes < 1) {
      throw new IllegalArgumentException(
          "maxBodyBytes must be 1 or more, but it is " + maxBodyBytes);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be 1 or more, but it is " + threads);
    }
    if (requestTimeout.isNegative() || requestTimeout.isZero()) {
      throw new IllegalArgumentException(
          "requestTimeout must be more than 0, but it is " + requestTimeout);
    }
  }

  /** How many lookups can be on their way to the store at once, with so many threads for them. */
  public static int lookupsAtOnce(int threads) {
    return Math.max(threads, 1) + Flags.numCommonWorkers();
  }

  /** At an address and port, with the default bounds. */
  public static ServeOptions at(String bind, int port) {
    return new ServeOptions(
        bind, port, OptionalInt.empty(), DEFAULT_MAX_BODY, DEFAULT_THREADS, Duration.ofSeconds(10));
  }

  /** The same with a second port. */
  public ServeOptions withPagePort(int another) {
    return new ServeOptions(
        bind, port, OptionalInt.of(another), maxBodyBytes, threads, requestTimeout);
  }

  /** The port, and the second if there is one. */
  List<Integer> ports() {
    return pagePort.isPresent() ? List.of(port, pagePort.getAsInt()) : List.of(port);
  }
}
