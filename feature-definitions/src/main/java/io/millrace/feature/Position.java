package io.millrace.feature;

import java.util.Comparator;

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

  @Override
  public int compareTo(Position other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return topic + "-" + partition + "@" + offset;
  }
}
