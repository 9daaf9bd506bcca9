package io.millrace.offline.training;

import io.millrace.feature.Definitions;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.OfflineException;
import io.millrace.offline.duckdb.SpineFile;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.parquet.ValuesWriter;
import io.millrace.offline.training.SpineSet.SpineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A training set in the making: first the spine, sorted beside the place of the set; then somebody
 * writes its files; then it appears, whole. Closed before that, nothing is left. Not thread-safe.
 *
 * <pre>
 * try (SpineMaking making = SpineMaking.begin(definitions, plan, spine, options, out)) {
 *   ...                                    // SpinePart files in making.data()
 *   making.publish(counts, snapshots);
 * }
 * </pre>
 */
public final class SpineMaking implements AutoCloseable {
  private final Definitions definitions;
  private final VectorPlan vectors;
  private final Path spine;
  private final OutputFolder folder;
  private final Map<String, String> types;
  private final SpinePlan plan;
  private final Path sorted;

  private SpineMaking(
      Definitions definitions,
      VectorPlan vectors,
      Path spine,
      OutputFolder folder,
      Map<String, String> types,
      SpinePlan plan) {
    this.definitions = definitions;
    this.vectors = vectors;
    this.spine = spine;
    this.folder = folder;
    this.types = types;
    this.plan = plan;
    this.sorted = folder.work().resolve("sorted.parquet");
  }

  /**
   * Claims the folder and sorts the spine.
   *
   * @param out a folder that does not exist or is empty
   * @throws OfflineException if the spine does not fit or is damaged, or the folder cannot be
   *     written
   */
  public static SpineMaking begin(
      Definitions definitions, VectorPlan vectors, Path spine, SpineOptions options, Path out) {
    OutputFolder folder = OutputFolder.create(out);
    try (SpineFile file =
        SpineFile.open(spine, vectors.request().schema(), folder.work(), options.sortMemoryMb())) {
      SpinePlan plan =
          SpinePlan.of(
              definitions,
              vectors.service().name(),
              options.timeColumn(),
              file.columns(),
              spine.toString());
      SpineMaking making =
          new SpineMaking(definitions, vectors, spine, folder, file.columns(), plan);
      file.sort(plan.timeColumn(), plan.columns(), making.sorted);
      return making;
    } catch (RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /** How rows become requests and rows of the set. */
  public SpinePlan plan() {
    return plan;
  }

  /** The spine's columns and their types, from which {@link #plan} can be made again elsewhere. */
  public Map<String, String> types() {
    return types;
  }

  /** The sorted rows, to be read by {@link SortedSpine}. */
  public Path sorted() {
    return sorted;
  }

  /** Where the set's files are written. */
  public Path data() {
    return folder.part(0).getParent();
  }

  /** Where a file lies until it is whole. */
  public Path work() {
    return folder.work();
  }

  Path part(int number) {
    return folder.part(number);
  }

  SortedSpine rows() {
    return SortedSpine.open(sorted, plan, spine.toString());
  }

  /**
   * The time of the last row; the least long without rows.
   *
   * @throws OfflineException if a row has no time
   */
  public long lastMs() {
    try (SortedSpine first = rows()) {
      if (!first.next()) { // rows without a time come first
        return Long.MIN_VALUE;
      }
    }
    long lastMs = Long.MIN_VALUE;
    try (ParquetRowReader times = times()) {
      while (times.next()) {
        lastMs = times.row().longAt(0);
      }
    }
    return lastMs;
  }

  /**
   * What was done, where the events were read apart from the rows.
   *
   * @param events that at least one row could see
   * @param firstMs when the first event could be seen; the greatest long without one
   * @param lastMs when the last could be seen; the least long without one
   */
  public SpineCounts count(long events, long refused, long firstMs, long lastMs) {
    long rows = 0;
    long before = 0;
    long after = 0;
    try (ParquetRowReader times = times()) {
      while (times.next()) {
        rows++;
        before += times.row().longAt(0) <= firstMs ? 1 : 0;
        after += times.row().longAt(0) > lastMs ? 1 : 0;
      }
    }
    return new SpineCounts(rows, events, refused, before, after);
  }

  private ParquetRowReader times() {
    ParquetRowReader times = ParquetRowReader.open(sorted);
    times.select(List.of(SpineFile.AT));
    return times;
  }

  /**
   * Makes the set appear; of an empty spine it is one file with the columns.
   *
   * @param snapshots by source what was read of its table
   */
  public void publish(SpineCounts counts, Map<String, Long> snapshots) throws IOException {
    if (!Files.exists(folder.part(0))) {
      ValuesWriter.create(plan.output(), folder.part(0)).close();
    }
    folder.describe(
        SpineReport.json(definitions, vectors, spine, plan.timeColumn(), counts, snapshots));
    folder.publish();
  }

  /** What to say when a file of a set cannot be written. */
  public static OfflineException unwritable(Path place, IOException e) {
    return new OfflineException(
        "the training set cannot be written to "
            + place
            + ": "
            + e
            + "; free some of its disk, or choose another --out",
        e);
  }

  @Override
  public void close() {
    folder.close();
  }
}
