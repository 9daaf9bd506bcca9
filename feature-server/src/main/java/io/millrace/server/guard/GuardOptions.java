package io.millrace.server.guard;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What the guard allows.
 *
 * @param tokens who may ask; empty for anybody
 * @param tls the certificate and its key; empty for plain text
 * @param mostRequestBytes of a body
 * @param longestRequest the deadline of requests that bring none, and the latest that one may bring
 * @param targetLatency the time that nine of ten requests should take; beyond it fewer are let in
 * @param leastAtOnce requests that are let in together however slow they are
 * @param mostAtOnce requests that are let in together however fast they are
 */
public record GuardOptions(
    Optional<ApiTokens> tokens,
    Optional<TlsFiles> tls,
    long mostRequestBytes,
    Duration longestRequest,
    Duration targetLatency,
    int leastAtOnce,
    int mostAtOnce) {
  /** A certificate chain and its private key, both PEM. */
  public record TlsFiles(Path certificate, Path key) {
    public TlsFiles {
      Objects.requireNonNull(certificate, "certificate");
      Objects.requireNonNull(key, "key");
    }
  }

  public GuardOptions {
    Objects.requireNonNull(tokens, "tokens");
    Objects.requireNonNull(tls, "tls");
    if (mostRequestBytes < 1) {
      throw new IllegalArgumentException(
          "requests of at most " + mostRequestBytes + " bytes; give 1 or more");
    }
    requirePositive("the longest request", longestRequest);
    requirePositive("the target latency", targetLatency);
    if (leastAtOnce < 1 || mostAtOnce < leastAtOnce) {
      throw new IllegalArgumentException(
          "%d to %d requests at once; give 1 or more, the greater one last"
              .formatted(leastAtOnce, mostAtOnce));
    }
  }

  private static void requirePositive(String what, Duration duration) {
    if (duration.toMillis() < 1) {
      throw new IllegalArgumentException(what + " is " + duration + "; give 1 ms or more");
    }
  }

  /** Anybody, plain text, 4 MiB, 10 s, 100 ms, 8 to 1024 requests at once. */
  public static GuardOptions open() {
    return new GuardOptions(
        Optional.empty(),
        Optional.empty(),
        4L << 20,
        Duration.ofSeconds(10),
        Duration.ofMillis(100),
        8,
        1_024);
  }

  public GuardOptions withTokens(ApiTokens only) {
    return new GuardOptions(
        Optional.of(only),
        tls,
        mostRequestBytes,
        longestRequest,
        targetLatency,
        leastAtOnce,
        mostAtOnce);
  }

  public GuardOptions withTls(TlsFiles files) {
    return new GuardOptions(
        tokens,
        Optional.of(files),
        mostRequestBytes,
        longestRequest,
        targetLatency,
        leastAtOnce,
        mostAtOnce);
  }

  public GuardOptions withMostRequestBytes(long bytes) {
    return new GuardOptions(
        tokens, tls, bytes, longestRequest, targetLatency, leastAtOnce, mostAtOnce);
  }

  public GuardOptions withLongestRequest(Duration longest) {
    return new GuardOptions(
        tokens, tls, mostRequestBytes, longest, targetLatency, leastAtOnce, mostAtOnce);
  }

  /** Lets in fewer requests when nine of ten take longer than {@code target}. */
  public GuardOptions withAdmission(Duration target, int least, int most) {
    return new GuardOptions(tokens, tls, mostRequestBytes, longestRequest, target, least, most);
  }
}
