package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/**
 * The past of several sources as one: all their events in the order (event time, file, row, source
 * name). Memory is what the {@link HistoryReader}s hold. Not thread-safe.
 *
 * <pre>
 * try (MergedHistory past = MergedHistory.open(definitions.sources(), HistoryRange.all().first(1000))) {
 *   past.forEachRemaining(event -> ...);
 * }
 * </pre>
 */
public final class MergedHistory implements Iterator<Event>, AutoCloseable {
  private static final Comparator<Event> ORDER = HistoryReader.ORDER.thenComparing(Event::source);

  /** A reader and its event that waits. */
  private record Head(Event event, HistoryReader reader) {}

  private final List<HistoryReader> readers;
  private final HistoryRange range;
  private final PriorityQueue<Head> heads =
      new PriorityQueue<>(Comparator.comparing(Head::event, ORDER));
  private boolean started;
  private long left;

  private MergedHistory(List<HistoryReader> readers, HistoryRange range) {
    this.readers = readers;
    this.range = range;
    this.left = range.limit();
  }

  /**
   * Opens the past of all the sources.
   *
   * @throws io.millrace.offline.OfflineException as {@link HistoryReader#open} does, for any source
   */
  public static MergedHistory open(Collection<EventSource> sources, HistoryRange range) {
    List<HistoryReader> readers = new ArrayList<>();
    try {
      for (EventSource source : sources) {
        readers.add(HistoryReader.open(source));
      }
    } catch (RuntimeException e) {
      readers.forEach(HistoryReader::close);
      throw e;
    }
    return new MergedHistory(readers, range);
  }

  /** How many rows the files of all sources have; a file that two sources read counts twice. */
  public long rows() {
    return readers.stream().mapToLong(HistoryReader::rows).sum();
  }

  /** How many rows were read so far, of {@link #rows}. */
  public long rowsRead() {
    return readers.stream().mapToLong(HistoryReader::rowsRead).sum();
  }

  @Override
  public boolean hasNext() {
    if (left == 0) {
      return false;
    }
    if (!started) {
      started = true;
      readers.forEach(this::offerNextOf);
    }
    return !heads.isEmpty() && heads.peek().event().timeMs() < range.toMs();
  }

  @Override
  public Event next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the history has ended");
    }
    Head head = heads.remove();
    offerNextOf(head.reader());
    left--;
    return head.event();
  }

  @Override
  public void close() {
    readers.forEach(HistoryReader::close);
  }

  private void offerNextOf(HistoryReader reader) {
    while (reader.hasNext()) {
      Event event = reader.next();
      if (event.timeMs() >= range.fromMs()) {
        heads.add(new Head(event, reader));
        return;
      }
    }
  }
}
