package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import java.nio.file.Path;
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
import java.util.stream.Collectors;

/**
 * The past as the offline store recorded it: the events that a job applied and did not take back,
 * of several sources as one, in the total order (event time, topic, partition, offset). Memory is
 * one day's events. One snapshot of each table is read, the newest when this is opened unless an
 * older one is named. Not thread-safe.
 *
 * <pre>
 * Iterator&lt;Event&gt; past = StoredHistory.open(store, set.sources(), HistoryRange.all().until(end));
 * set.walk(past, rows::add);
 * </pre>
 */
public final class StoredHistory implements Iterator<Event> {
  private static final Comparator<Event> ORDER =
      Comparator.comparingLong(Event::timeMs).thenComparing(Event::position);

  /** How one source's rows become events. */
  private record Table(EventSource source, TableFiles files, RowSchema columns) {}

  private final List<Table> tables = new ArrayList<>();
  private final HistoryRange range;
  private final Iterator<LocalDate> days;
  private Iterator<Event> today = List.<Event>of().iterator();
  private long left;

  private StoredHistory(
      OfflineStore store,
      Collection<EventSource> sources,
      HistoryRange range,
      Map<String, Long> snapshots) {
    for (EventSource source : sources) {
      tables.add(tableOf(store, source, Optional.ofNullable(snapshots.get(source.name()))));
    }
    this.range = range;
    this.left = range.limit();
    this.days = daysOf(tables, range).iterator();
  }

  /**
   * Opens the recorded past of the sources; one that has no table yet counts as silent.
   *
   * @throws OfflineException if a folder cannot be listed
   */
  public static StoredHistory open(
      OfflineStore store, Collection<EventSource> sources, HistoryRange range) {
    return new StoredHistory(store, sources, range, Map.of());
  }

  /**
   * Opens the past as it was recorded then, to get the same events again.
   *
   * @param snapshots by source the number of its table's snapshot, as {@link #snapshots} told it;
   *     of a source that is not named, the newest
   * @throws OfflineException if there is no such snapshot, or it has expired
   */
  public static StoredHistory openAt(
      OfflineStore store,
      Collection<EventSource> sources,
      HistoryRange range,
      Map<String, Long> snapshots) {
    return new StoredHistory(store, sources, range, snapshots);
  }

  /** By source the number of the snapshot that is read; without those that have none. */
  public SortedMap<String, Long> snapshots() {
    SortedMap<String, Long> snapshots = new TreeMap<>();
    for (Table table : tables) {
      table.files().snapshot().ifPresent(number -> snapshots.put(table.source().name(), number));
    }
    return snapshots;
  }

  /**
   * {@link #snapshots} as a note in the foot of the file that is made from this history: {@code
   * arrived=12,departed=14}.
   */
  public Map<String, String> note() {
    return Map.of(
        "millrace.snapshots",
        snapshots().entrySet().stream()
            .map(one -> one.getKey() + "=" + one.getValue())
            .collect(Collectors.joining(",")));
  }

  /**
   * The days in UTC on which a source has recorded events, as its folders tell; none if it has no
   * table yet.
   *
   * @throws OfflineException if the folder cannot be listed
   */
  public static SortedSet<LocalDate> days(
      OfflineStore store, EventSource source, HistoryRange range) {
    return daysOf(List.of(tableOf(store, source, Optional.empty())), range);
  }

  static SortedSet<LocalDate> days(
      OfflineStore store, EventSource source, Optional<Long> snapshot) {
    return daysOf(List.of(tableOf(store, source, snapshot)), HistoryRange.all());
  }

  private static Table tableOf(OfflineStore store, EventSource source, Optional<Long> snapshot) {
    Path folder = store.folder(OfflineTables.events(source));
    return new Table(
        source,
        snapshot
            .map(number -> TableFiles.at(folder, number))
            .orElseGet(() -> TableFiles.latest(folder)),
        OfflineTables.eventColumns(source));
  }

  private static SortedSet<LocalDate> daysOf(List<Table> tables, HistoryRange range) {
    SortedSet<LocalDate> days = new TreeSet<>();
    for (Table table : tables) {
      for (LocalDate day : table.files().days()) {
        long startMs = day.atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
        long endMs = day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
        if (endMs > range.fromMs() && startMs < range.toMs()) {
          days.add(day);
        }
      }
    }
    return days;
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
  public Event next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the recorded history has ended");
    }
    left--;
    return today.next();
  }

  private List<Event> eventsOf(LocalDate day) {
    List<Event> events = new ArrayList<>();
    for (Table table : tables) {
      known(table, day, range).forEach(known -> events.add(known.value()));
    }
    events.sort(ORDER);
    return events;
  }

  /** The events of a source and day that were not taken back, in the order of its files' rows. */
  static List<Known<Event>> known(
      OfflineStore store, EventSource source, Optional<Long> snapshot, LocalDate day) {
    return known(tableOf(store, source, snapshot), day, HistoryRange.all());
  }

  private static List<Known<Event>> known(Table table, LocalDate day, HistoryRange range) {
    List<Known<Event>> ofTable = new ArrayList<>();
    try (TableRows rows = TableRows.openDay(table.files(), table.columns(), day)) {
      while (rows.next()) {
        Event event = event(table.source(), rows.row());
        if (event.timeMs() >= range.fromMs() && event.timeMs() < range.toMs()) {
          int own = table.source().schema().size();
          boolean takenBack = table.source().changes().isPresent() && rows.row().booleanAt(own + 3);
          ofTable.add(new Known<>(event, rows.row().longAt(own), takenBack));
        }
      }
    }
    // What is taken back has the time of what it takes back, so both lie in one day.
    return Changes.left(ofTable);
  }

  static Event event(EventSource source, Values row) {
    int own = source.schema().size();
    Values values = new Values(own);
    for (int i = 0; i < own; i++) {
      values.copyFrom(i, row, i);
    }
    Position position =
        new Position(source.topic(), (int) row.longAt(own + 1), row.longAt(own + 2));
    return new Event(source.name(), values.longAt(source.timeIndex()), position, values);
  }
}
