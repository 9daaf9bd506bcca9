package io.millrace.server.guard;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What the guard allows. How long a request may take and how large it may be is the server's own.
 *
 * @param tokens who may ask; empty for anybody
 * @param tls the certificate and its key; empty for plain text
 * @param targetLatency the time that nine of ten requests should take; beyond it fewer are let in
 * @param leastAtOnce requests that are let in together however slow they are
 * @param mostAtOnce requests that are let in together however fast they are
 */
public record GuardOptions(
    Optional<ApiTokens> tokens,
    Optional<TlsFiles> tls,
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
    if (targetLatency.toMillis() < 1) {
      throw new IllegalArgumentException(
          "the target latency is " + targetLatency + "; give 1 ms or more");
    }
    if (leastAtOnce < 1 || mostAtOnce < leastAtOnce) {
      throw new IllegalArgumentException(
          "%d to %d requests at once; give 1 or more, the greater one last"
              .formatted(leastAtOnce, mostAtOnce));
    }
  }

  /** Anybody, plain text, 100 ms, 8 to 1024 requests at once. */
  public static GuardOptions open() {
    return new GuardOptions(Optional.empty(), Optional.empty(), Duration.ofMillis(100), 8, 1_024);
  }

  public GuardOptions withTokens(ApiTokens only) {
    return new GuardOptions(Optional.of(only), tls, targetLatency, leastAtOnce, mostAtOnce);
  }

  public GuardOptions withTls(TlsFiles files) {
    return new GuardOptions(tokens, Optional.of(files), targetLatency, leastAtOnce, mostAtOnce);
  }

  /** Lets in fewer requests when nine of ten take longer than {@code target}. */
  public GuardOptions withAdmission(Duration target, int least, int most) {
    return new GuardOptions(tokens, tls, target, least, most);
  }
}
