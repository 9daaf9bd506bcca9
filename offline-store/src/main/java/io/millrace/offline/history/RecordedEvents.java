package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The recorded events of several sources, with when each became known, in the total order (event
 * time, topic, partition, offset), from any place of that order on: whoever stops after an event
 * goes on with the next, whatever was committed to the store meanwhile. Events that were taken back
 * are left out. Memory is one day's events of the share. Not thread-safe.
 */
public final class RecordedEvents implements Iterator<Known<Event>> {
  private static final Comparator<Known<Event>> ORDER =
      Comparator.<Known<Event>>comparingLong(known -> known.value().timeMs())
          .thenComparing(known -> known.value().position());

  /**
   * A share of the events. Which ones they are follows from the snapshots' files, so that of these
   * each share reads little more than its own; shares have about as many events of each day.
   *
   * @param index 0 to {@code of - 1}
   * @param of how many shares there are; together they are all events
   */
  public record Share(int index, int of) {
    /** All events. */
    public static final Share ALL = new Share(0, 1);

    public Share {
      if (of < 1 || index < 0 || index >= of) {
        throw new IllegalArgumentException("there is no share " + index + " of " + of);
      }
    }

    /** Whether the offset leaves this share as its remainder. */
    boolean has(long offset) {
      return Math.floorMod(offset, of) == index;
    }
  }

  /** A place in the total order. */
  public record Place(long timeMs, Position position) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
        Comparator.comparingLong(Place::timeMs).thenComparing(Place::position);

    /** Where an event is. */
    public static Place of(Event event) {
      return new Place(event.timeMs(), event.position());
    }

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  private final List<RecordedTable> tables;
  private final HistoryRange range;
  private final Share share;
  private final Optional<Place> after;
  private final Iterator<LocalDate> days;
  private Iterator<Known<Event>> today = List.<Known<Event>>of().iterator();
  private long left;

  private RecordedEvents(
      List<RecordedTable> tables, HistoryRange range, Share share, Optional<Place> after) {
    this.tables = tables;
    this.range = range;
    this.share = share;
    this.after = after;
    this.left = range.limit();
    SortedSet<LocalDate> all = new TreeSet<>();
    tables.forEach(table -> all.addAll(table.days(range)));
    this.days =
        after
            .<SortedSet<LocalDate>>map(event -> all.tailSet(dayOf(event.timeMs())))
            .orElse(all)
            .iterator();
  }

  /**
   * Opens the events of a range.
   *
   * @param snapshots by source the number of its table's snapshot; of others the newest, and one
   *     that has no table yet counts as silent
   * @throws OfflineException if there is no such snapshot, or it has expired
   */
  public static RecordedEvents in(
      HistoryRange range,
      OfflineStore store,
      Collection<EventSource> sources,
      Map<String, Long> snapshots) {
    List<RecordedTable> tables =
        sources.stream()
            .map(
                source ->
                    RecordedTable.of(
                        store, source, Optional.ofNullable(snapshots.get(source.name()))))
            .toList();
    return new RecordedEvents(tables, range, Share.ALL, Optional.empty());
  }

  /**
   * Opens all events, for someone who asks what was known when.
   *
   * @param snapshots as of {@link #in}
   * @throws OfflineException if there is no such snapshot, or a source's records are changes: what
   *     was known of them between a change and its being taken back is not kept apart
   */
  public static RecordedEvents asKnown(
      OfflineStore store, Collection<EventSource> sources, Map<String, Long> snapshots) {
    for (EventSource source : sources) {
      if (source.changes().isPresent()) {
        throw new OfflineException(
            "what was known cannot be told of "
                + source.name()
                + ", whose records are changes to a table; leave --as-known out");
      }
    }
    return in(HistoryRange.all(), store, sources, snapshots);
  }

  /**
   * Opens the events of one snapshot of each source's table.
   *
   * @param snapshots by source the number of its table's snapshot; a source that is not named has
   *     no events
   * @param after the place after which to begin; empty to begin with the first event
   * @throws OfflineException naming the source, if there is no such snapshot, or it has expired
   */
  public static RecordedEvents open(
      OfflineStore store,
      Collection<EventSource> sources,
      Map<String, Long> snapshots,
      Share share,
      Optional<Place> after) {
    List<RecordedTable> tables = new ArrayList<>();
    for (EventSource source : sources) {
      Long snapshot = snapshots.get(source.name());
      if (snapshot != null) {
        tables.add(begun(store, source, snapshot));
      }
    }
    return new RecordedEvents(tables, HistoryRange.all(), share, after);
  }

  private static RecordedTable begun(OfflineStore store, EventSource source, long snapshot) {
    try {
      return RecordedTable.of(store, source, Optional.of(snapshot));
    } catch (OfflineException e) {
      throw new OfflineException(
          "the history of "
              + source.name()
              + " was begun with snapshot "
              + snapshot
              + ", which cannot be read any more: "
              + e.getMessage()
              + "; begin it anew, and let no snapshot expire before it is read",
          e);
    }
  }

  /**
   * @throws OfflineException naming the file, if one cannot be read
   */
  @Override
  public boolean hasNext() {
    while (left > 0 && !today.hasNext() && days.hasNext()) {
      today = eventsOf(days.next()).iterator();
    }
    return left > 0 && today.hasNext();
  }

  @Override
  public Known<Event> next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the recorded events have ended");
    }
    left--;
    return today.next();
  }

  /** By source the number of the snapshot that is read; without those that have none. */
  public SortedMap<String, Long> snapshots() {
    SortedMap<String, Long> snapshots = new TreeMap<>();
    for (RecordedTable table : tables) {
      table.files().snapshot().ifPresent(number -> snapshots.put(table.source().name(), number));
    }
    return snapshots;
  }

  private List<Known<Event>> eventsOf(LocalDate day) {
    List<Known<Event>> events = new ArrayList<>();
    for (RecordedTable table : tables) {
      for (Known<Event> known : table.day(day, share)) {
        if (isWanted(known.value())) {
          events.add(known);
        }
      }
    }
    events.sort(ORDER);
    return events;
  }

  private boolean isWanted(Event event) {
    return event.timeMs() >= range.fromMs()
        && event.timeMs() < range.toMs()
        && (after.isEmpty() || Place.of(event).compareTo(after.get()) > 0);
  }

  private static LocalDate dayOf(long ms) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(ms), ZoneOffset.UTC);
  }
}
