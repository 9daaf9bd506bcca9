package io.millrace.offline;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The offline store: a folder of tables, each a folder of days, each a folder of Parquet files.
 * Whoever writes a file makes it appear whole, or with a name that begins with a dot until it is.
 *
 * @param root may not exist yet; then every table is empty
 */
public record OfflineStore(Path root) {
  static final String PARTITION_PREFIX = "dt=";

  // What is left of s3://bucket/store when it was taken for a path.
  private static final Pattern URI = Pattern.compile("(?:^|/)([A-Za-z][A-Za-z0-9+.-]+):/(?=[^/])");

  /**
   * @throws OfflineException if the root is the address of an object store
   */
  public OfflineStore {
    Matcher uri = URI.matcher(root.toString().replace('\\', '/'));
    if (uri.find()) {
      String address = uri.group(1) + "://" + root.toString().substring(uri.end());
      throw new OfflineException(
          "the offline store at "
              + address
              + " is no folder, and this reads folders alone; \"millrace offline --store "
              + address
              + " fetch --out DIR\" copies a snapshot of it into one");
    }
  }

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
