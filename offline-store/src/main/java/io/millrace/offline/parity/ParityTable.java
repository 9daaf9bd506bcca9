package io.millrace.offline.parity;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.loop.ParityReport;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.ParityRow;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.DataFile;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The rounds of a service's continuous parity in the offline store, each once: a commit says which
 * round it holds, and one that is there already is left alone. Not thread-safe.
 */
public final class ParityTable {
  private static final String WRITER = "parity";
  private static final RowSchema COLUMNS =
      new RowSchema(
          "rounds",
          List.of(
              Field.required("round", ValueType.INT64),
              Field.required("until", ValueType.TIMESTAMP)));

  private final OfflineTable<ParityRow> table;
  private final Path folder;
  private final TableSnapshots snapshots;

  /** A round and up to which request it went. */
  public record Last(long round, long untilMs) {}

  public ParityTable(OfflineStore store, String service, InstantSource clock) {
    this.table = OfflineTables.parity(service);
    this.folder = store.folder(table);
    this.snapshots = new TableSnapshots(new LocalStoreFiles(folder), clock);
  }

  /**
   * Adds a round.
   *
   * @return false if it, or a later one, is there already
   * @throws OfflineException if it cannot be written; then nothing is added
   */
  public boolean append(ParityReport report) {
    if (has(report.round())) {
      return false;
    }
    List<ParityRow> rows = ParityRow.of(report);
    String path = table.partition(rows.get(0)) + "/round-" + UUID.randomUUID() + ".parquet";
    Path file = folder.resolve(DataFile.hidden(path));
    try {
      try (ParquetRowWriter<ParityRow> writer = ParquetRowWriter.open(table, file)) {
        for (ParityRow row : rows) {
          writer.write(row);
        }
      }
      Change change =
          DataFiles.append(List.of(DataFiles.describe(path, file))).by(WRITER, report.round());
      snapshots.commit(
          before ->
              before.filter(snapshot -> snapshot.has(WRITER, report.round())).isPresent()
                  ? Optional.empty()
                  : Optional.of(change));
      snapshots.settle(Set.of(table.partition(rows.get(0))));
      return true;
    } catch (IOException e) {
      deleteQuietly(file);
      throw new OfflineException(
          "round "
              + report.round()
              + " cannot be written to "
              + folder
              + " ("
              + e
              + "); make room there, or give the right to write",
          e);
    }
  }

  /** The last round that is there. */
  public Optional<Last> last() {
    Last last = null;
    try (TableRows rows =
        TableRows.openHolding(TableFiles.latest(folder), COLUMNS, Long.MIN_VALUE, Long.MAX_VALUE)) {
      while (rows.next()) {
        long round = rows.row().longAt(0);
        if (last == null || round > last.round()) {
          last = new Last(round, rows.row().longAt(1));
        }
      }
    }
    return Optional.ofNullable(last);
  }

  private boolean has(long round) {
    return snapshots.latest().filter(snapshot -> snapshot.has(WRITER, round)).isPresent();
  }

  /** It was never committed; what stays is deleted when snapshots expire. */
  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return;
    }
  }
}
