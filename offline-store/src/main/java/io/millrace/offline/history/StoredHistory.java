package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
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
  private final RecordedEvents events;

  private StoredHistory(RecordedEvents events) {
    this.events = events;
  }

  /**
   * Opens the recorded past of the sources; one that has no table yet counts as silent.
   *
   * @throws OfflineException if a folder cannot be listed
   */
  public static StoredHistory open(
      OfflineStore store, Collection<EventSource> sources, HistoryRange range) {
    return openAt(store, sources, range, Map.of());
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
    return new StoredHistory(RecordedEvents.in(range, store, sources, snapshots));
  }

  /** By source the number of the snapshot that is read; without those that have none. */
  public SortedMap<String, Long> snapshots() {
    return events.snapshots();
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
    return RecordedTable.of(store, source, Optional.empty()).days(range);
  }

  /**
   * @throws OfflineException naming the file, if one cannot be read
   */
  @Override
  public boolean hasNext() {
    return events.hasNext();
  }

  @Override
  public Event next() {
    return events.next().value();
  }
}
