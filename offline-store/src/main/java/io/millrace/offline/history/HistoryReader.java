package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.History;
import io.millrace.offline.OfflineException;
import io.millrace.offline.parquet.ParquetFiles;
import io.millrace.offline.parquet.ParquetRowReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.Queue;

/**
 * A source's past as events, in the total order (event time, file, row). The position of an event
 * is its file's name below the history's path, partition 0 and the row's number from 0.
 *
 * <pre>
 * try (HistoryReader arrivals = HistoryReader.open(definitions.source("arrivals"))) {
 *   arrivals.forEachRemaining(event -> ...);
 * }
 * </pre>
 *
 * <p>With {@link History#disorder} the files are read as a stream and only as many events are held
 * as lie within that bound; a row further behind is an error, since its place has passed. Without
 * it every event is held and sorted before the first is given out. Not thread-safe.
 */
public final class HistoryReader implements Iterator<Event>, AutoCloseable {
  static final Comparator<Event> ORDER =
      Comparator.comparingLong(Event::timeMs).thenComparing(Event::position);

  private final EventSource source;
  private final HistoryFiles files;
  private final Path path;
  // Events whose turn has not come, and those whose turn it is.
  private final PriorityQueue<Event> waiting = new PriorityQueue<>(ORDER);
  private Queue<Event> ready = new ArrayDeque<>();
  private final long disorderMs;
  private final boolean sorts;
  private Event newest;
  private boolean ended;

  private HistoryReader(EventSource source, History history, HistoryFiles files) {
    this.source = source;
    this.files = files;
    this.path = history.path();
    this.sorts = history.disorder().isEmpty();
    this.disorderMs = history.disorder().map(Duration::toMillis).orElse(0L);
  }

  /**
   * Opens the past of a source and checks the first file against it.
   *
   * @throws OfflineException if the source has no history, its path holds no file, or the first
   *     file cannot make the source's events; the message names file, column and fix
   */
  public static HistoryReader open(EventSource source) {
    History history = requireHistory(source);
    List<Path> paths = requireFiles(source);
    return new HistoryReader(source, history, HistoryFiles.open(source, history, paths));
  }

  static History requireHistory(EventSource source) {
    return source
        .history()
        .orElseThrow(
            () ->
                new OfflineException(
                    "the event source "
                        + source.name()
                        + " has no history; give it history.path, a Parquet file or folder"));
  }

  static List<Path> requireFiles(EventSource source) {
    Path path = requireHistory(source).path();
    List<Path> paths = ParquetFiles.at(path);
    if (paths.isEmpty()) {
      throw new OfflineException(
          "the folder " + path + ", history.path of " + source.name() + ", has no files");
    }
    return paths;
  }

  /** How many rows the files have, events or not; reads the foot of every file. */
  public long rows() {
    long rows = 0;
    for (Path file : ParquetFiles.at(path)) {
      try (ParquetRowReader reader = ParquetRowReader.open(file)) {
        rows += reader.rows();
      }
    }
    return rows;
  }

  /** How many rows were read so far, events or not. */
  public long rowsRead() {
    return files.rowsRead();
  }

  /**
   * Whether there is another event.
   *
   * @throws OfflineException if a file is damaged or does not fit the source, or a row lies outside
   *     the disorder bound
   */
  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && !ended) {
      if (sorts) {
        sortAll();
      } else {
        advance();
      }
    }
    return !ready.isEmpty();
  }

  @Override
  public Event next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the history of " + source.name() + " has ended");
    }
    return ready.remove();
  }

  @Override
  public void close() {
    files.close();
  }

  private void sortAll() {
    List<Event> all = new ArrayList<>();
    for (Event event = files.next(); event != null; event = files.next()) {
      all.add(event);
    }
    all.sort(ORDER);
    ready = new ArrayDeque<>(all);
    ended = true;
  }

  /** Reads one event; those that no later row can precede become ready. */
  private void advance() {
    Event event = files.next();
    if (event == null) {
      ended = true;
      while (!waiting.isEmpty()) {
        ready.add(waiting.remove());
      }
      return;
    }
    if (newest == null || event.timeMs() > newest.timeMs()) {
      newest = event;
    } else if (newest.timeMs() - event.timeMs() > disorderMs) {
      throw outOfOrder(event);
    }
    waiting.add(event);
    // A later row of the very time of the bound comes after in the order, by its position.
    while (!waiting.isEmpty() && waiting.peek().timeMs() <= newest.timeMs() - disorderMs) {
      ready.add(waiting.remove());
    }
  }

  private OfflineException outOfOrder(Event event) {
    Duration behind = Duration.ofMillis(newest.timeMs() - event.timeMs());
    return new OfflineException(
        "row "
            + event.position().offset()
            + " of "
            + event.position().topic()
            + " is of "
            + Instant.ofEpochMilli(event.timeMs())
            + ", "
            + behind
            + " behind row "
            + newest.position().offset()
            + " of "
            + newest.position().topic()
            + " of "
            + Instant.ofEpochMilli(newest.timeMs())
            + ", but history.disorder of "
            + source.name()
            + " is "
            + Duration.ofMillis(disorderMs)
            + "; raise it to "
            + behind
            + " or more, or remove it to sort in memory");
  }
}
