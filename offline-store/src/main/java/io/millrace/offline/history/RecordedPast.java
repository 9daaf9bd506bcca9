package io.millrace.offline.history;

import io.millrace.feature.EventSource;
import io.millrace.feature.RowSchema;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.OffsetRange;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far the store has recorded what happened: one snapshot of each source's events, and with it
 * an edge in each topic. Below the edge everything that was applied is in the snapshot, above it
 * nothing is. A job that reads the one and then the other from the edge on misses nothing and reads
 * nothing twice. Immutable.
 *
 * @param snapshots by source the number of its table's snapshot
 * @param edges by topic and partition the last offset that is recorded; partitions without recorded
 *     events have none
 * @param watermarkMs the least of the watermarks that the tables were committed with: what is
 *     before it has come, but for late events; {@link Long#MIN_VALUE} if nobody knew
 * @param rows how many rows the snapshots have
 */
public record RecordedPast(
    SortedMap<String, Long> snapshots,
    SortedMap<String, SortedMap<Integer, Long>> edges,
    long watermarkMs,
    long rows)
    implements Serializable {
  /** Nothing is recorded. */
  public static final RecordedPast NONE =
      new RecordedPast(new TreeMap<>(), new TreeMap<>(), Long.MIN_VALUE, 0);

  public RecordedPast {
    snapshots = Collections.unmodifiableSortedMap(new TreeMap<>(snapshots));
    SortedMap<String, SortedMap<Integer, Long>> copy = new TreeMap<>();
    edges.forEach(
        (topic, parts) -> copy.put(topic, Collections.unmodifiableSortedMap(new TreeMap<>(parts))));
    edges = Collections.unmodifiableSortedMap(copy);
  }

  /**
   * What the newest snapshots say, of one file of each schema that can be read as the sources are
   * defined now.
   *
   * @throws OfflineException naming the table, if there is no history at all, if a table was never
   *     committed to, or if a file cannot be read as its source is defined now
   */
  public static RecordedPast of(OfflineStore store, Collection<EventSource> sources) {
    SortedMap<String, Long> snapshots = new TreeMap<>();
    SortedMap<String, SortedMap<Integer, Long>> edges = new TreeMap<>();
    long watermarkMs = Long.MAX_VALUE;
    long rows = 0;
    for (EventSource source : sources) {
      Path folder = store.folder(OfflineTables.events(source));
      Optional<Snapshot> latest =
          new TableSnapshots(new LocalStoreFiles(folder), InstantSource.system()).latest();
      if (latest.isEmpty()) {
        requireNoFiles(folder);
        continue;
      }
      Snapshot snapshot = latest.get();
      requireReadable(source, folder, snapshot);
      snapshots.put(source.name(), snapshot.id());
      SortedMap<Integer, Long> ofTopic =
          edges.computeIfAbsent(source.topic(), topic -> new TreeMap<>());
      for (Map.Entry<Integer, OffsetRange> part : snapshot.offsets().entrySet()) {
        ofTopic.merge(part.getKey(), part.getValue().last(), Math::max);
      }
      // A table's events after its edge came at this watermark or later, and so may be before that
      // of a table which was committed later.
      watermarkMs = Math.min(watermarkMs, watermark(source, snapshot));
      rows += snapshot.rows();
    }
    if (snapshots.isEmpty()) {
      throw new OfflineException(
          "the offline store at "
              + store.root()
              + " has recorded no events of "
              + sources.stream().map(EventSource::name).toList()
              + ", so there is no history to begin with; begin without it, or name the store to"
              + " which a job writes");
    }
    return new RecordedPast(snapshots, edges, watermarkMs, rows);
  }

  private static void requireNoFiles(Path folder) {
    if (!TableFiles.latest(folder).days().isEmpty()) {
      throw new OfflineException(
          "the table at "
              + folder
              + " has files, but no snapshot, so it does not say up to which offsets it goes;"
              + " \"millrace offline adopt\" makes its first one, if no job writes to it");
    }
  }

  /** As the table was committed with, else what the files' bounds allow. */
  private static long watermark(EventSource source, Snapshot snapshot) {
    if (snapshot.watermarkMs().isPresent()) {
      return snapshot.watermarkMs().getAsLong();
    }
    // A partition's newest event is not before the first of the file that begins last.
    Map<Integer, Long> newest = new TreeMap<>();
    for (DataFile file : snapshot.files().values()) {
      for (int partition : file.offsets().keySet()) {
        newest.merge(partition, file.hasTimes() ? file.minTimeMs() : Long.MIN_VALUE, Math::max);
      }
    }
    long least = newest.values().stream().mapToLong(ms -> ms).min().orElse(Long.MIN_VALUE);
    return least == Long.MIN_VALUE ? least : least - source.time().disorder().toMillis() - 1;
  }

  private static void requireReadable(EventSource source, Path folder, Snapshot snapshot) {
    RowSchema columns = OfflineTables.eventColumns(source);
    Set<String> seen = new HashSet<>();
    for (DataFile file : snapshot.files().values()) {
      if (seen.add(file.schema())) {
        Snapshot one =
            new Snapshot(
                snapshot.table(),
                snapshot.id(),
                snapshot.operation(),
                snapshot.at(),
                snapshot.watermarkMs(),
                snapshot.oldest(),
                snapshot.base(),
                snapshot.writers(),
                snapshot.schemas(),
                new TreeMap<>(Map.of(file.path(), file)));
        try (TableRows rows =
            TableRows.open(TableFiles.of(folder, one), columns, LocalDate.MIN, LocalDate.MAX)) {
          rows.next();
        } catch (OfflineException e) {
          throw new OfflineException(
              "the recorded events of "
                  + source.name()
                  + " cannot be read as it is defined now: "
                  + e.getMessage()
                  + "; take back the change of its schema, or give it another name",
              e);
        }
      }
    }
  }

  /**
   * What is wrong with the edges for someone who goes on from the topics.
   *
   * @param first by topic and partition the first offset that the topic still has
   * @param end by topic and partition the offset that its next record will get
   * @return every gap and contradiction, empty if there is none
   */
  public List<String> problems(
      Map<String, Map<Integer, Long>> first, Map<String, Map<Integer, Long>> end) {
    List<String> problems = new ArrayList<>();
    edges.forEach(
        (topic, parts) ->
            parts.forEach(
                (partition, last) -> {
                  String place = topic + "-" + partition;
                  Long start = first.getOrDefault(topic, Map.of()).get(partition);
                  Long next = end.getOrDefault(topic, Map.of()).get(partition);
                  if (start == null || next == null) {
                    problems.add(
                        place
                            + " is not there, but the store has events of it up to offset "
                            + last
                            + "; name the brokers from which they came");
                  } else if (start > last + 1) {
                    problems.add(
                        "the store has "
                            + place
                            + " up to offset "
                            + last
                            + ", but the topic begins at "
                            + start
                            + ": the "
                            + (start - last - 1)
                            + " offsets from "
                            + (last + 1)
                            + " to "
                            + (start - 1)
                            + " are in neither; retention has removed them. Let a job record what"
                            + " the topic has before it does, or begin without history");
                  } else if (next <= last) {
                    problems.add(
                        "the store has "
                            + place
                            + " up to offset "
                            + last
                            + ", but the topic ends at "
                            + next
                            + ": it was made anew; begin without history");
                  }
                }));
    return problems;
  }
}
