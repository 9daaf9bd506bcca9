package io.millrace.offline.duckdb;

import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parquet.ParquetFiles;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The tables that a store's folder holds, found by their folders of days, so that no definitions
 * are needed to ask.
 *
 * <pre>
 * events/arrivals        arrivals
 * features/tail/v1       tail_v1
 * predictions/delay      predictions_delay
 * dead-letters           dead_letters
 * </pre>
 */
final class StoreTables {
  private StoreTables() {}

  /** Name to folder of every table that has a file, or whose snapshot names one. */
  static SortedMap<String, Path> in(Path root) {
    SortedMap<String, Path> tables = new TreeMap<>();
    new OfflineStore(root).requireThere();
    try {
      collect(root, root, tables);
    } catch (IOException e) {
      throw new OfflineException("the offline store at " + root + " cannot be listed: " + e, e);
    }
    return tables;
  }

  /** Name to folder of the tables of one kind, such as {@code predictions}. */
  static List<String> below(String kind, Map<String, Path> tables, Path root) {
    return tables.entrySet().stream()
        .filter(table -> table.getValue().startsWith(root.resolve(kind)))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static void collect(Path root, Path folder, SortedMap<String, Path> tables)
      throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      for (Path child : children.filter(Files::isDirectory).sorted().toList()) {
        String name = String.valueOf(child.getFileName());
        if (name.startsWith("dt=") || name.equals(TableSnapshots.FOLDER)) {
          if (hasFiles(folder)) {
            tables.put(nameOf(root.relativize(folder)), folder);
          }
          return;
        }
        if (!name.startsWith(".") && !name.startsWith("_")) {
          collect(root, child, tables);
        }
      }
    }
  }

  /** Whether files are there or ought to be: who asks for those that are missing is told. */
  private static boolean hasFiles(Path table) throws IOException {
    return !ParquetFiles.at(table).isEmpty() || !TableFiles.latest(table).days().isEmpty();
  }

  private static String nameOf(Path table) {
    String kind = table.getName(0).toString();
    boolean named = table.getNameCount() > 1 && (kind.equals("events") || kind.equals("features"));
    Path path = named ? table.subpath(1, table.getNameCount()) : table;
    return path.toString().replaceAll("[^A-Za-z0-9_]", "_");
  }
}
