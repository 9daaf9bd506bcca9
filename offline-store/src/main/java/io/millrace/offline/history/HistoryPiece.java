package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.History;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parquet.ParquetRowReader;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A part of a source's past that is read by itself, on any machine that sees its files: a group of
 * rows of a history's file, or a day of the offline store. All pieces of a source together are its
 * past; each gives its events in the order of its rows, not of time. Immutable and thread-safe.
 *
 * <pre>
 * for (HistoryPiece piece : HistoryPiece.ofHistories(set.sources())) {
 *   piece.read(definitions.source(piece.source()), known -> ...);
 * }
 * </pre>
 */
public sealed interface HistoryPiece extends Serializable {
  /** The name of the source. */
  String source();

  /**
   * The place of this piece's {@link io.millrace.feature.Position#topic} among those of the source:
   * (event time, rank, {@link io.millrace.feature.Position#order}) is the order of all its events.
   */
  int rank();

  /**
   * Reads the events.
   *
   * @throws OfflineException if a file is damaged or does not fit the source
   */
  void read(EventSource source, Consumer<Known<Event>> events);

  /**
   * The pieces of the declared histories.
   *
   * @throws OfflineException if a source has no history, or its path no file
   */
  static List<HistoryPiece> ofHistories(Collection<EventSource> sources) {
    List<HistoryPiece> pieces = new ArrayList<>();
    for (EventSource source : sources) {
      Path path = HistoryReader.requireHistory(source).path().toAbsolutePath().normalize();
      List<Path> files = HistoryReader.requireFiles(source);
      for (int rank = 0; rank < files.size(); rank++) {
        try (ParquetRowReader file = ParquetRowReader.open(files.get(rank))) {
          for (int group = 0; group < file.groups().length; group++) {
            String name = files.get(rank).toAbsolutePath().normalize().toString();
            pieces.add(new OfFile(source.name(), path.toString(), name, rank, group));
          }
        }
      }
    }
    return pieces;
  }

  /**
   * The pieces of what the offline store recorded.
   *
   * @param snapshots by source the snapshot of its table; of others what is there is read
   */
  static List<HistoryPiece> ofStore(
      OfflineStore store, Collection<EventSource> sources, Map<String, Long> snapshots) {
    List<HistoryPiece> pieces = new ArrayList<>();
    for (EventSource source : sources) {
      Optional<Long> snapshot = Optional.ofNullable(snapshots.get(source.name()));
      for (LocalDate day : RecordedTable.of(store, source, snapshot).files().days()) {
        String root = store.root().toAbsolutePath().toString();
        pieces.add(new OfStore(source.name(), root, snapshot.orElse(-1L), day));
      }
    }
    return pieces;
  }

  /** A group of rows of a file below a history's path. */
  record OfFile(String source, String path, String file, int rank, int group)
      implements HistoryPiece {
    @Override
    public void read(EventSource of, Consumer<Known<Event>> events) {
      History history = HistoryReader.requireHistory(of).withPath(Path.of(path));
      try (HistoryFiles files = HistoryFiles.openGroup(of, history, Path.of(file), group)) {
        for (Event event = files.next(); event != null; event = files.next()) {
          events.accept(new Known<>(event, event.timeMs()));
        }
      }
    }
  }

  /** A day of a table; -1 means what is there now. */
  record OfStore(String source, String root, long snapshot, LocalDate day) implements HistoryPiece {
    @Override
    public int rank() {
      return 0; // all of one topic
    }

    @Override
    public void read(EventSource of, Consumer<Known<Event>> events) {
      RecordedTable.of(
              new OfflineStore(Path.of(root)),
              of,
              snapshot < 0 ? Optional.empty() : Optional.of(snapshot))
          .day(day, RecordedEvents.Share.ALL)
          .forEach(events);
    }
  }
}
