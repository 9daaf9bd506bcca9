package io.millrace.inference.drift;

import io.millrace.feature.Values;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * What one version saw in one pane, as counts in its reference's bins. Adding counts is associative
 * and commutative: how rows are split over subtasks leaves no trace. Not thread-safe.
 *
 * <pre>
 * bytes, little-endian: version 1 (int) | rows (long)
 *   | for each feature and then the score: out of range (long), one long a bin
 * </pre>
 */
public final class PaneCounts {
  private static final int VERSION = 1;

  private final List<FeatureReference> features;
  private final FeatureReference score;
  private final long[][] bins;
  private final long[] outOfRange;
  private long rows;

  private PaneCounts(ReferenceProfile profile) {
    this.features = profile.features();
    this.score = profile.score();
    this.bins = new long[features.size() + 1][];
    for (int i = 0; i < features.size(); i++) {
      bins[i] = new long[features.get(i).bins().count()];
    }
    bins[features.size()] = new long[score.bins().count()];
    this.outOfRange = new long[bins.length];
  }

  /** Nothing counted yet. */
  public static PaneCounts of(ReferenceProfile profile) {
    return new PaneCounts(profile);
  }

  /**
   * Counts a prediction.
   *
   * @param vector in the order of the profile's features
   * @param predicted its score, in [0, 1]
   */
  public void add(Values vector, double predicted) {
    if (vector.size() != features.size()) {
      throw new IllegalArgumentException(
          "a vector has %d values, but the reference has %d features"
              .formatted(vector.size(), features.size()));
    }
    rows++;
    for (int i = 0; i < features.size(); i++) {
      FeatureReference feature = features.get(i);
      if (feature.bins().isCategorical()) {
        bins[i][feature.bins().ofCategory(vector, i)]++;
      } else {
        count(i, feature, feature.bins().number(vector, i));
      }
    }
    count(features.size(), score, ProfileBuilder.logit(predicted));
  }

  private void count(int i, FeatureReference feature, double value) {
    bins[i][feature.bins().ofNumber(value)]++;
    if (value < feature.low() || value > feature.high()) {
      outOfRange[i]++;
    }
  }

  /** Adds the counts of another part of the pane, made with the same profile. */
  public void merge(PaneCounts other) {
    if (!sameBins(other)) {
      throw new IllegalArgumentException("counts of another profile cannot be added");
    }
    rows += other.rows;
    for (int i = 0; i < bins.length; i++) {
      outOfRange[i] += other.outOfRange[i];
      for (int bin = 0; bin < bins[i].length; bin++) {
        bins[i][bin] += other.bins[i][bin];
      }
    }
  }

  private boolean sameBins(PaneCounts other) {
    boolean same = other.bins.length == bins.length;
    for (int i = 0; same && i < bins.length; i++) {
      same = other.bins[i].length == bins[i].length;
    }
    return same;
  }

  public long rows() {
    return rows;
  }

  long[] bins(int feature) {
    return bins[feature];
  }

  long outOfRange(int feature) {
    return outOfRange[feature];
  }

  public byte[] toBytes() {
    int longs = 1;
    for (long[] counts : bins) {
      longs += 1 + counts.length;
    }
    ByteBuffer buffer =
        ByteBuffer.allocate(Integer.BYTES + longs * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(VERSION).putLong(rows);
    for (int i = 0; i < bins.length; i++) {
      buffer.putLong(outOfRange[i]);
      for (long count : bins[i]) {
        buffer.putLong(count);
      }
    }
    return buffer.array();
  }

  /**
   * What {@link #toBytes} wrote.
   *
   * @throws IllegalArgumentException if they were made with another profile
   */
  public static PaneCounts fromBytes(ReferenceProfile profile, byte[] bytes) {
    PaneCounts counts = new PaneCounts(profile);
    if (bytes.length != counts.toBytes().length) {
      throw new IllegalArgumentException(
          "%d bytes of counts do not belong to this profile, whose counts have %d"
              .formatted(bytes.length, counts.toBytes().length));
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int version = buffer.getInt();
    if (version != VERSION) {
      throw new IllegalArgumentException("counts of version " + version + " cannot be read");
    }
    counts.rows = buffer.getLong();
    for (int i = 0; i < counts.bins.length; i++) {
      counts.outOfRange[i] = buffer.getLong();
      for (int bin = 0; bin < counts.bins[i].length; bin++) {
        counts.bins[i][bin] = buffer.getLong();
      }
    }
    return counts;
  }
}
