package io.millrace.offline.history;

import io.millrace.feature.EventSource;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.maintenance.OffsetSet;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Offsets of a partition, up to its edge, that are in none of the tables of events, late events and
 * dead letters. Heartbeats, marks of transactions and what an expectation drops are such; more of
 * them than the topic has of those means that rows were lost or never recorded.
 *
 * @param first the first offset of any of the tables: what was before was not recorded
 * @param edge the last recorded one
 * @param missing how many between them
 */
public record Unrecorded(String topic, int partition, long first, long edge, long missing) {
  private static final String PARTITION = "source_partition";
  private static final String OFFSET = "source_offset";

  private static final class Part {
    private final long edge;
    private final OffsetSet offsets = new OffsetSet();

    private Part(long edge) {
      this.edge = edge;
    }
  }

  /**
   * Reads two columns of all rows; a bit of memory for each offset.
   *
   * @return one for each partition that has an edge, in the order of topics and partitions
   * @throws OfflineException if a table cannot be read
   */
  public static List<Unrecorded> of(
      OfflineStore store, Collection<EventSource> sources, RecordedPast past) {
    Map<String, Map<Integer, Part>> seen = new TreeMap<>();
    past.edges()
        .forEach(
            (topic, parts) -> {
              Map<Integer, Part> ofTopic = new TreeMap<>();
              parts.forEach((partition, edge) -> ofTopic.put(partition, new Part(edge)));
              seen.put(topic, ofTopic);
            });
    RowSchema origin =
        new RowSchema(
            "origin",
            List.of(
                Field.required(PARTITION, ValueType.INT64),
                Field.required(OFFSET, ValueType.INT64)));
    for (EventSource source : sources) {
      Long snapshot = past.snapshots().get(source.name());
      if (snapshot != null) {
        Map<Integer, Part> ofTopic = seen.get(source.topic());
        read(TableFiles.at(store.folder(OfflineTables.events(source)), snapshot), origin, ofTopic);
        read(TableFiles.latest(store.folder(OfflineTables.lateEvents(source))), origin, ofTopic);
      }
    }
    readDeadLetters(store, seen);
    List<Unrecorded> all = new ArrayList<>();
    seen.forEach(
        (topic, parts) ->
            parts.forEach(
                (partition, part) ->
                    all.add(
                        new Unrecorded(
                            topic,
                            partition,
                            part.offsets.first(),
                            part.edge,
                            part.offsets.missing()))));
    return all;
  }

  private static void read(TableFiles files, RowSchema columns, Map<Integer, Part> seen) {
    try (TableRows rows = TableRows.open(files, columns, LocalDate.MIN, LocalDate.MAX)) {
      while (rows.next()) {
        mark(seen.get((int) rows.row().longAt(0)), rows.row().longAt(1));
      }
    }
  }

  private static void readDeadLetters(OfflineStore store, Map<String, Map<Integer, Part>> seen) {
    RowSchema columns =
        new RowSchema(
            "origin",
            List.of(
                Field.required("topic", ValueType.STRING),
                Field.required("partition", ValueType.INT64),
                Field.required("offset", ValueType.INT64)));
    try (TableRows rows = TableRows.open(store.folder(OfflineTables.deadLetters()), columns)) {
      while (rows.next()) {
        Map<Integer, Part> ofTopic = seen.get(rows.row().textAt(0));
        if (ofTopic != null) {
          mark(ofTopic.get((int) rows.row().longAt(1)), rows.row().longAt(2));
        }
      }
    }
  }

  private static void mark(Part part, long offset) {
    // A partition without events has no edge, and what is beyond one is read again.
    if (part != null && offset <= part.edge) {
      part.offsets.add(offset);
    }
  }
}
