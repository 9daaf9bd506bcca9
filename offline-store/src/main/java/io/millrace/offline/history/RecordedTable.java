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
import io.millrace.offline.history.RecordedEvents.Share;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The recorded events of one source as of one snapshot of their table, a day at a time. Immutable
 * and thread-safe.
 */
record RecordedTable(EventSource source, TableFiles files) {
  private static final String OFFSET = "source_offset";

  /**
   * Opens the table; one that is not there yet has no events.
   *
   * @param snapshot its number; empty for what is there now
   * @throws OfflineException if there is no such snapshot, or it has expired
   */
  static RecordedTable of(OfflineStore store, EventSource source, Optional<Long> snapshot) {
    Path folder = store.folder(OfflineTables.events(source));
    return new RecordedTable(
        source,
        snapshot
            .map(number -> TableFiles.at(folder, number))
            .orElseGet(() -> TableFiles.latest(folder)));
  }

  /** The days in UTC that have files and instants of a range. */
  SortedSet<LocalDate> days(HistoryRange range) {
    SortedSet<LocalDate> days = new TreeSet<>();
    for (LocalDate day : files.days()) {
      long startMs = day.atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
      long endMs = day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
      if (endMs > range.fromMs() && startMs < range.toMs()) {
        days.add(day);
      }
    }
    return days;
  }

  /**
   * The events of a day that were not taken back, in the order of its files' rows. Of a source
   * whose records are changes every share reads them all, since what takes back may be in another
   * file than what it takes back.
   *
   * @param share all, unless the table is read as of a snapshot
   * @throws OfflineException naming the file, if one cannot be read
   */
  List<Known<Event>> day(LocalDate day, Share share) {
    RowSchema columns = OfflineTables.eventColumns(source);
    List<Known<Event>> events = new ArrayList<>();
    if (source.changes().isPresent()) {
      read(TableRows.openDay(files, columns, day), events);
      // What is taken back has the time of what it takes back, so both lie in one day.
      return Changes.left(events).stream()
          .filter(known -> share.has(known.value().position().offset()))
          .toList();
    }
    if (share.of() == 1) {
      read(TableRows.openDay(files, columns, day), events);
      return events;
    }
    if (files.snapshot().isEmpty()) {
      throw new IllegalArgumentException(
          "only a snapshot of " + source.name() + " is shared out, and none was named");
    }
    DayShare own = DayShare.of(share, files.described(day));
    read(TableRows.openFiles(columns, own.whole().stream().map(files::at)), events);
    read(TableRows.openParts(columns, own.divided().stream().map(files::at), OFFSET, own), events);
    return events;
  }

  private void read(TableRows opened, List<Known<Event>> events) {
    int own = source.schema().size();
    boolean changes = source.changes().isPresent();
    try (TableRows rows = opened) {
      while (rows.next()) {
        events.add(
            new Known<>(
                event(rows.row()),
                rows.row().longAt(own),
                changes && rows.row().booleanAt(own + 3)));
      }
    }
  }

  private Event event(Values row) {
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
