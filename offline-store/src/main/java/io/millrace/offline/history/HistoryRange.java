package io.millrace.offline.history;

import java.time.Instant;

/**
 * Which part of the past is read: events of {@code [fromMs, toMs)}, at most {@code limit} of them.
 */
public record HistoryRange(long fromMs, long toMs, long limit) {
  private static final HistoryRange ALL =
      new HistoryRange(Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

  public HistoryRange {
    if (fromMs > toMs || limit < 0) {
      throw new IllegalArgumentException(
          "a range must not end before it begins nor have a negative limit, but it is ["
              + fromMs
              + ", "
              + toMs
              + ") with limit "
              + limit);
    }
  }

  public static HistoryRange all() {
    return ALL;
  }

  /** This range without what is before an instant. */
  public HistoryRange from(Instant start) {
    return new HistoryRange(start.toEpochMilli(), toMs, limit);
  }

  /** This range without what is at an instant or after it. */
  public HistoryRange until(Instant end) {
    return new HistoryRange(fromMs, end.toEpochMilli(), limit);
  }

  /** The first so many events of this range. */
  public HistoryRange first(long events) {
    return new HistoryRange(fromMs, toMs, events);
  }
}
