package io.millrace.offline.training;

import io.millrace.feature.Values;
import io.millrace.offline.parquet.OutputColumn;
import io.millrace.offline.parquet.ValuesWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;

/**
 * One file of a training set, made by somebody who may have to begin again: it is written aside and
 * takes its place when it is whole, where one of the same rows has the same bytes. Not thread-safe.
 */
public final class SpinePart implements AutoCloseable {
  private static final Values NOTHING = new Values(0);

  private final Path aside;
  private final Path place;
  private final ValuesWriter file;

  private SpinePart(Path aside, Path place, ValuesWriter file) {
    this.aside = aside;
    this.place = place;
    this.file = file;
  }

  /** The part that a row is in. */
  public static int numberOf(long row) {
    return Math.toIntExact(row / SpineSet.FILE_ROWS);
  }

  /**
   * Begins a file.
   *
   * @param columns of {@link SpinePlan#output}
   * @param work where it is written, on the same file system
   * @param data the set's folder
   */
  public static SpinePart create(List<OutputColumn> columns, Path work, Path data, int number)
      throws IOException {
    String name = OutputFolder.partName(number);
    Path aside = work.resolve(name + "." + UUID.randomUUID());
    return new SpinePart(aside, data.resolve(name), ValuesWriter.create(columns, aside));
  }

  /** Adds the next row. */
  public void write(Values row) throws IOException {
    file.write(row, NOTHING);
  }

  /** Puts the file into its place. */
  public void finish() throws IOException {
    file.close();
    Files.move(aside, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Removes what was not finished. */
  @Override
  public void close() throws IOException {
    if (Files.deleteIfExists(aside)) {
      file.close();
    }
  }
}
