package io.millrace.feature;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an event was read. With the event time before it, it orders all events totally: (event
 * time, topic, partition, offset). Events of a file have the file's name as topic and the row's
 * number as offset.
 */
public record Position(String topic, int partition, long offset) implements Comparable<Position> {
  private static final Comparator<Position> ORDER =
      Comparator.comparing(Position::topic)
          .thenComparingInt(Position::partition)
          .thenComparingLong(Position::offset);

  private static final Pattern TEXT = Pattern.compile("(.+)-(\\d{1,5})@(\\d{1,15})");

  public Position {
    if (partition < 0 || partition > 0xFFFF || offset < 0 || offset >> 48 != 0) {
      throw new IllegalArgumentException(
          "partition must be in [0, 65535] and offset in [0, 2^48), but they are "
              + partition
              + " and "
              + offset);
    }
  }

  /** Partition and offset in one number that orders as they do: 16 bits and 48 bits. */
  public long order() {
    return ((long) partition << 48) | offset;
  }

  /** The partition of an {@link #order()}. */
  public static int partitionOf(long order) {
    return (int) (order >>> 48);
  }

  /** The offset of an {@link #order()}. */
  public static long offsetOf(long order) {
    return order & 0xFFFF_FFFF_FFFFL;
  }

  /** The position that a text says, as {@link #toString} writes it; empty if it says none. */
  public static Optional<Position> of(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int partition = Integer.parseInt(matcher.group(2));
    long offset = Long.parseLong(matcher.group(3));
    return partition > 0xFFFF || offset >> 48 != 0
        ? Optional.empty()
        : Optional.of(new Position(matcher.group(1), partition, offset));
  }

  @Override
  public int compareTo(Position other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return topic + "-" + partition + "@" + offset;
  }
}
