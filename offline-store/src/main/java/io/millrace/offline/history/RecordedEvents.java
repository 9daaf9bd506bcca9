package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
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
import java.util.SortedSet;
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

  private record Table(EventSource source, TableFiles files) {}

  /**
   * A share of the events: those whose offset leaves a remainder.
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

    private boolean has(long offset) {
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

  private final List<Table> tables;
  private final Share share;
  private final Optional<Place> after;
  private final Iterator<LocalDate> days;
  private Iterator<Known<Event>> today = List.<Known<Event>>of().iterator();

  private RecordedEvents(List<Table> tables, Share share, Optional<Place> after) {
    this.tables = tables;
    this.share = share;
    this.after = after;
    SortedSet<LocalDate> all = new TreeSet<>();
    tables.forEach(table -> all.addAll(table.files().days()));
    this.days =
        after
            .<SortedSet<LocalDate>>map(event -> all.tailSet(dayOf(event.timeMs())))
            .orElse(all)
            .iterator();
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
    List<Table> tables = new ArrayList<>();
    for (EventSource source : sources) {
      Long snapshot = snapshots.get(source.name());
      if (snapshot != null) {
        tables.add(new Table(source, files(store, source, snapshot)));
      }
    }
    return new RecordedEvents(tables, share, after);
  }

  private static TableFiles files(OfflineStore store, EventSource source, long snapshot) {
    try {
      return TableFiles.at(store.folder(OfflineTables.events(source)), snapshot);
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
    while (!today.hasNext() && days.hasNext()) {
      today = eventsOf(days.next()).iterator();
    }
    return today.hasNext();
  }

  @Override
  public Known<Event> next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the recorded events have ended");
    }
    return today.next();
  }

  private List<Known<Event>> eventsOf(LocalDate day) {
    List<Known<Event>> events = new ArrayList<>();
    for (Table table : tables) {
      EventSource source = table.source();
      int own = source.schema().size();
      boolean changes = source.changes().isPresent();
      List<Known<Event>> ofTable = new ArrayList<>();
      try (TableRows rows =
          TableRows.openDay(table.files(), OfflineTables.eventColumns(source), day)) {
        while (rows.next()) {
          // What takes back is not always in the share of what it takes back.
          if (changes || share.has(rows.row().longAt(own + 2))) {
            ofTable.add(
                new Known<>(
                    StoredHistory.event(source, rows.row()),
                    rows.row().longAt(own),
                    changes && rows.row().booleanAt(own + 3)));
          }
        }
      }
      // What is taken back has the time of what it takes back, so both lie in one day.
      for (Known<Event> known : Changes.left(ofTable)) {
        if (isWanted(known.value())) {
          events.add(known);
        }
      }
    }
    events.sort(ORDER);
    return events;
  }

  private boolean isWanted(Event event) {
    return share.has(event.position().offset())
        && (after.isEmpty() || Place.of(event).compareTo(after.get()) > 0);
  }

  private static LocalDate dayOf(long ms) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(ms), ZoneOffset.UTC);
  }
}
