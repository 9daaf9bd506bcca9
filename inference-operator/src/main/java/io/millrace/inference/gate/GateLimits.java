package io.millrace.inference.gate;

/**
 * What the gates allow.
 *
 * @param maxOnnxBytes the largest {@code model.onnx}
 * @param lossMargin nats by which the log-loss may at most be worse than the champion's, at the
 *     upper end of its confidence interval
 * @param aucMargin by which the AUC may at most be lower, at the upper end of its interval
 * @param latencyRatio how many times the champion's p99 the candidate's may be
 * @param latencyFloorNanos a p99 of a batch that is always fast enough
 * @param resamples of the bootstrap
 * @param seed of the bootstrap
 */
public record GateLimits(
    long maxOnnxBytes,
    double lossMargin,
    double aucMargin,
    double latencyRatio,
    long latencyFloorNanos,
    int resamples,
    long seed) {
  public static final long MAX_ONNX_BYTES = 64L << 20;
  public static final double LOSS_MARGIN = 0.002;
  public static final double AUC_MARGIN = 0.005;
  public static final double LATENCY_RATIO = 2;
  public static final long LATENCY_FLOOR_NANOS = 5_000_000;
  public static final int RESAMPLES = 1_000;

  public GateLimits {
    if (maxOnnxBytes < 1 || resamples < 100 || latencyRatio < 1) {
      throw new IllegalArgumentException(
          "the gates allow %d bytes, %s times the latency, by %d resamples; give 1, 1 and 100 or more"
              .formatted(maxOnnxBytes, latencyRatio, resamples));
    }
    if (!(lossMargin >= 0) || !(aucMargin >= 0)) {
      throw new IllegalArgumentException(
          "the margins are " + lossMargin + " and " + aucMargin + "; give 0 or more");
    }
  }

  public static GateLimits defaults() {
    return new GateLimits(
        MAX_ONNX_BYTES, LOSS_MARGIN, AUC_MARGIN, LATENCY_RATIO, LATENCY_FLOOR_NANOS, RESAMPLES, 1);
  }

  public GateLimits withMaxOnnxBytes(long bytes) {
    return new GateLimits(
        bytes, lossMargin, aucMargin, latencyRatio, latencyFloorNanos, resamples, seed);
  }
}
