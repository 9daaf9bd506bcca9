package io.millrace.offline.parity;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * One snapshot of each table that a recomputation reads, and up to which request everything is
 * there:
 *
 * <pre>
 *   predictions   ........|     the watermark of their newest snapshot
 *   events        ..........|   the watermark up to which all tables of events are written
 *                         ^
 *                     completeMs: these requests are answered, and all that they could have seen is
 *                     recorded
 * </pre>
 *
 * The predictions' snapshots are taken first, so that the events' are never older. Immutable and
 * thread-safe.
 */
public final class StoreCut {
  /** A table and what its snapshots say. */
  private record Table(String name, TableSnapshots snapshots, Optional<Snapshot> newest) {
    private long watermarkMs() {
      return newest
          .map(Snapshot::watermarkMs)
          .filter(OptionalLong::isPresent)
          .map(OptionalLong::getAsLong)
          .orElse(Long.MIN_VALUE);
    }

    /** The greatest watermark of an earlier snapshot that is less than the newest one's. */
    private long watermarkBeforeMs() {
      long newestMs = watermarkMs();
      Snapshot snapshot = newest.orElseThrow();
      for (long id = snapshot.id() - 1; id >= snapshot.oldest(); id--) {
        OptionalLong watermark = snapshots.at(id).watermarkMs();
        if (watermark.isEmpty()) {
          break;
        }
        if (watermark.getAsLong() < newestMs) {
          return watermark.getAsLong();
        }
      }
      return Long.MIN_VALUE;
    }
  }

  private final SortedMap<String, TableFiles> files;
  private final List<String> predictions;
  private final List<Long> starts;
  private final OptionalLong answeredMs;
  private final OptionalLong completeMs;

  private StoreCut(
      SortedMap<String, TableFiles> files,
      List<String> predictions,
      List<Long> starts,
      OptionalLong answeredMs,
      OptionalLong completeMs) {
    this.files = files;
    this.predictions = predictions;
    this.starts = starts;
    this.answeredMs = answeredMs;
    this.completeMs = completeMs;
  }

  /**
   * The newest cut.
   *
   * @param models whose predictions are read; all that there are, if none is named
   * @throws OfflineException if a manifest is broken or a folder cannot be listed
   */
  static StoreCut of(
      OfflineStore store, Definitions definitions, VectorPlan plan, Collection<String> models) {
    SortedMap<String, TableFiles> files = new TreeMap<>();
    List<Table> predictions = new ArrayList<>();
    for (String table : predictionTables(store, models)) {
      predictions.add(open(store, table, files));
    }
    List<Table> events = new ArrayList<>();
    for (String source : sources(definitions, plan)) {
      events.add(open(store, OfflineTables.events(definitions.source(source)).folder(), files));
    }
    long answeredMs =
        predictions.stream().mapToLong(Table::watermarkMs).min().orElse(Long.MIN_VALUE);
    long completeMs = Math.min(answeredMs, recordedMs(events));
    return new StoreCut(
        files,
        predictions.stream().map(Table::name).toList(),
        starts(predictions),
        known(answeredMs),
        known(completeMs));
  }

  private static OptionalLong known(long watermarkMs) {
    return watermarkMs == Long.MIN_VALUE ? OptionalLong.empty() : OptionalLong.of(watermarkMs);
  }

  private static Table open(OfflineStore store, String table, SortedMap<String, TableFiles> files) {
    Path folder = store.root().resolve(table);
    TableSnapshots snapshots =
        new TableSnapshots(new LocalStoreFiles(folder), InstantSource.system());
    Optional<Snapshot> newest = snapshots.latest();
    files.put(
        table,
        newest.map(s -> TableFiles.of(folder, s)).orElseGet(() -> TableFiles.latest(folder)));
    return new Table(table, snapshots, newest);
  }

  /**
   * A job writes the tables of a checkpoint one after another, each with the checkpoint's
   * watermark, and a table of which there was nothing new not at all. So where tables differ, the
   * checkpoint of the greatest watermark may be half written, but the one before it is whole.
   */
  private static long recordedMs(List<Table> tables) {
    long least = tables.stream().mapToLong(Table::watermarkMs).min().orElse(Long.MIN_VALUE);
    long greatest = tables.stream().mapToLong(Table::watermarkMs).max().orElse(Long.MIN_VALUE);
    long whole = least;
    for (Table table : tables) {
      if (least < greatest && table.watermarkMs() == greatest) {
        whole = Math.max(whole, table.watermarkBeforeMs());
      }
    }
    return whole;
  }

  private static List<String> predictionTables(OfflineStore store, Collection<String> models) {
    String parent = OfflineTables.PREDICTIONS_FOLDER;
    Set<String> tables = new TreeSet<>();
    models.forEach(model -> tables.add(parent + "/" + model));
    Path folder = store.root().resolve(parent);
    if (models.isEmpty() && Files.exists(folder)) {
      try (Stream<Path> found = Files.list(folder)) {
        found
            .filter(Files::isDirectory)
            .forEach(model -> tables.add(parent + "/" + model.getFileName()));
      } catch (IOException e) {
        throw new OfflineException(folder + " cannot be listed: " + e, e);
      }
    }
    return List.copyOf(tables);
  }

  /** The sources that a vector depends on, that of the requests first. */
  static Set<String> sources(Definitions definitions, VectorPlan plan) {
    Set<String> sources = new LinkedHashSet<>();
    sources.add(plan.request().name());
    for (VectorPlan.Lookup lookup : plan.lookups()) {
      sources.addAll(
          ViewGraph.of(definitions, List.of(lookup.view())).node(lookup.view().name()).sources());
    }
    return sources;
  }

  /** When writers of predictions were started; each start of a job has writers of its own. */
  private static List<Long> starts(List<Table> predictions) {
    Set<Long> starts = new TreeSet<>();
    for (Table table : predictions) {
      table
          .newest()
          .ifPresent(
              snapshot ->
                  snapshot.writers().keySet().stream()
                      .filter(writer -> writer.matches("[0-9]{13}-.+"))
                      .forEach(writer -> starts.add(Long.parseLong(writer.substring(0, 13)))));
    }
    return List.copyOf(starts);
  }

  /**
   * The last instant up to which every request has its prediction and every event that these could
   * have seen is recorded; empty if no watermark says so.
   */
  public OptionalLong completeMs() {
    return completeMs;
  }

  /** The last instant up to which every request has its prediction; empty if nothing says so. */
  public OptionalLong answeredMs() {
    return answeredMs;
  }

  /** By table the number of its snapshot; without those that have none. */
  public SortedMap<String, Long> snapshots() {
    SortedMap<String, Long> snapshots = new TreeMap<>();
    files.forEach((table, of) -> of.snapshot().ifPresent(number -> snapshots.put(table, number)));
    return snapshots;
  }

  /** The files of each model's predictions. */
  List<TableFiles> predictions() {
    return predictions.stream().map(files::get).toList();
  }

  /** The files of a source's events. */
  TableFiles events(EventSource source) {
    return files.get(OfflineTables.events(source).folder());
  }

  /** When the job that predicts was started, wall clock, in order. */
  List<Long> starts() {
    return starts;
  }
}
