package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The recorded events of several sources with the times at which they were known, in the total
 * order (event time, topic, partition, offset). Memory is one day's events. Not thread-safe.
 */
public final class KnownHistory implements Iterator<Known<Event>> {
  private static final Comparator<Known<Event>> ORDER =
      Comparator.comparingLong((Known<Event> known) -> known.value().timeMs())
          .thenComparing(known -> known.value().position());

  /** A source and the files that its events are read from. */
  private record Table(EventSource source, TableFiles files) {}

  private final List<Table> tables;
  private final Iterator<LocalDate> days;
  private Iterator<Known<Event>> today = List.<Known<Event>>of().iterator();

  private KnownHistory(List<Table> tables) {
    this.tables = tables;
    SortedSet<LocalDate> all = new TreeSet<>();
    tables.forEach(table -> all.addAll(table.files().days()));
    this.days = all.iterator();
  }

  /**
   * Opens the recorded past of the sources; one that has no table yet counts as silent.
   *
   * @param snapshots by source the number of its table's snapshot; of others the newest
   * @throws OfflineException if there is no such snapshot, or a source's records are changes: what
   *     was known of them between a change and its being taken back is not kept apart
   */
  public static KnownHistory open(
      OfflineStore store, Collection<EventSource> sources, Map<String, Long> snapshots) {
    List<Table> tables = new ArrayList<>();
    for (EventSource source : sources) {
      if (source.changes().isPresent()) {
        throw new OfflineException(
            "what was known cannot be told of "
                + source.name()
                + ", whose records are changes to a table; leave --as-known out");
      }
      Path folder = store.folder(OfflineTables.events(source));
      Long named = snapshots.get(source.name());
      tables.add(
          new Table(
              source, named == null ? TableFiles.latest(folder) : TableFiles.at(folder, named)));
    }
    return new KnownHistory(tables);
  }

  /** By source the number of the snapshot that is read; without those that have none. */
  public SortedMap<String, Long> snapshots() {
    SortedMap<String, Long> snapshots = new TreeMap<>();
    for (Table table : tables) {
      table.files().snapshot().ifPresent(number -> snapshots.put(table.source().name(), number));
    }
    return snapshots;
  }

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
      throw new NoSuchElementException("the recorded history has ended");
    }
    return today.next();
  }

  private List<Known<Event>> eventsOf(LocalDate day) {
    List<Known<Event>> events = new ArrayList<>();
    for (Table table : tables) {
      try (TableRows rows =
          TableRows.openDay(table.files(), OfflineTables.eventColumns(table.source()), day)) {
        while (rows.next()) {
          events.add(event(table.source(), rows.row()));
        }
      }
    }
    events.sort(ORDER);
    return events;
  }

  private static Known<Event> event(EventSource source, Values row) {
    int own = source.schema().size();
    Values values = new Values(own);
    for (int i = 0; i < own; i++) {
      values.copyFrom(i, row, i);
    }
    Position position =
        new Position(source.topic(), (int) row.longAt(own + 1), row.longAt(own + 2));
    return new Known<>(
        new Event(source.name(), values.longAt(source.timeIndex()), position, values),
        row.longAt(own));
  }
}
