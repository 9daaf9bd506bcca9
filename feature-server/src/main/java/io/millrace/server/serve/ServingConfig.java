package io.millrace.server.serve;

import java.time.Duration;
import java.util.Optional;

/**
 * The bounds of {@link FeatureServing}.
 *
 * @param maxRows rows that one request may ask for
 * @param hotKeyStaleness how old a value from memory may be; empty reads the store every time
 * @param hotKeys how many keys are kept in memory, if any are
 */
public record ServingConfig(int maxRows, Optional<Duration> hotKeyStaleness, int hotKeys) {
  /** 10,000 rows, nothing kept in memory. */
  public static final ServingConfig DEFAULT = new ServingConfig(10_000, Optional.empty(), 100_000);

  public ServingConfig {
    if (maxRows < 1) {
      throw new IllegalArgumentException("maxRows must be 1 or more, but it is " + maxRows);
    }
    if (hotKeys < 1) {
      throw new IllegalArgumentException("hotKeys must be 1 or more, but it is " + hotKeys);
    }
    if (hotKeyStaleness.isPresent()
        && (hotKeyStaleness.get().isNegative() || hotKeyStaleness.get().isZero())) {
      throw new IllegalArgumentException(
          "hotKeyStaleness must be more than 0, but it is " + hotKeyStaleness.get());
    }
  }
}
