package io.millrace.offline;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The offline store: a folder of tables, each a folder of days, each a folder of Parquet files.
 * Whoever writes a file makes it appear whole, or with a name that begins with a dot until it is.
 *
 * @param root may not exist yet; then every table is empty
 */
public record OfflineStore(Path root) {
  static final String PARTITION_PREFIX = "dt=";

  /**
   * For those who only read.
   *
   * @throws OfflineException if there is no such folder
   */
  public void requireThere() {
    if (!Files.isDirectory(root)) {
      throw new OfflineException(
          "there is no offline store at "
              + root
              + "; mend the path, or run the job that writes it");
    }
  }

  /** Where the files of a table lie. */
  public Path folder(OfflineTable<?> table) {
    return root.resolve(table.folder());
  }

  /** Where the file with a row lies. */
  public <T> Path partition(OfflineTable<T> table, T row) {
    return folder(table).resolve(table.partition(row));
  }
}
