package io.millrace.server.serve;

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
 * @param threads how many requests are looked up at once; more wait
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

  /** At an address and port, with the default bounds. */
  public static ServeOptions at(String bind, int port) {
    return new ServeOptions(
        bind, port, OptionalInt.empty(), DEFAULT_MAX_BODY, 64, Duration.ofSeconds(10));
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
