package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableRows;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The recorded events of several sources with the times at which they were known, in the total
 * order (event time, topic, partition, offset). Memory is one day's events. Not thread-safe.
 */
public final class KnownHistory implements Iterator<Known<Event>> {
  private static final String DAY_PREFIX = "dt=";
  private static final Comparator<Known<Event>> ORDER =
      Comparator.comparingLong((Known<Event> known) -> known.value().timeMs())
          .thenComparing(known -> known.value().position());

  private final OfflineStore store;
  private final Collection<EventSource> sources;
  private final Iterator<LocalDate> days;
  private Iterator<Known<Event>> today = List.<Known<Event>>of().iterator();

  private KnownHistory(
      OfflineStore store, Collection<EventSource> sources, SortedSet<LocalDate> days) {
    this.store = store;
    this.sources = List.copyOf(sources);
    this.days = days.iterator();
  }

  /**
   * Opens the recorded past of the sources; one that has no table yet counts as silent.
   *
   * @throws OfflineException if a folder cannot be listed, or a source's records are changes: what
   *     was known of them between a change and its being taken back is not kept apart
   */
  public static KnownHistory open(OfflineStore store, Collection<EventSource> sources) {
    SortedSet<LocalDate> days = new TreeSet<>();
    for (EventSource source : sources) {
      if (source.changes().isPresent()) {
        throw new OfflineException(
            "what was known cannot be told of "
                + source.name()
                + ", whose records are changes to a table; leave --as-known out");
      }
      Path folder = store.folder(OfflineTables.events(source));
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, DAY_PREFIX + "*")) {
        for (Path day : found) {
          days.add(
              LocalDate.parse(String.valueOf(day.getFileName()).substring(DAY_PREFIX.length())));
        }
      } catch (IOException | java.time.format.DateTimeParseException e) {
        throw new OfflineException("the table at " + folder + " cannot be listed: " + e, e);
      }
    }
    return new KnownHistory(store, sources, days);
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
    for (EventSource source : sources) {
      try (TableRows rows =
          TableRows.openDay(
              store.folder(OfflineTables.events(source)),
              OfflineTables.eventColumns(source),
              day)) {
        while (rows.next()) {
          events.add(event(source, rows.row()));
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
