package io.millrace.offline.maintenance;

import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds the tables of a store by their folders of days. Stateless. */
public final class StoreFolder {
  private StoreFolder() {}

  /**
   * The folders of all tables, below the store's root, with slashes, in their order.
   *
   * @throws OfflineException if there is no store at the root
   */
  public static List<String> tables(OfflineStore store) {
    Path root = store.root();
    store.requireThere();
    List<String> tables = new ArrayList<>();
    try {
      collect(root, root, tables);
    } catch (IOException e) {
      throw new OfflineException("the offline store at " + root + " cannot be listed: " + e, e);
    }
    return tables;
  }

  /** The snapshots of a table's folder. */
  public static TableSnapshots snapshots(Path folder, InstantSource clock) {
    return new TableSnapshots(new LocalStoreFiles(folder), clock);
  }

  private static void collect(Path root, Path folder, List<String> tables) throws IOException {
    List<Path> children;
    try (Stream<Path> list = Files.list(folder)) {
      children = list.filter(Files::isDirectory).sorted().toList();
    }
    boolean table =
        children.stream().anyMatch(child -> nameOf(child).startsWith("dt="))
            || Files.isDirectory(folder.resolve(TableSnapshots.FOLDER));
    if (table && !folder.equals(root)) {
      tables.add(root.relativize(folder).toString().replace('\\', '/'));
      return;
    }
    for (Path child : children) {
      if (!nameOf(child).startsWith(".") && !nameOf(child).startsWith("_")) {
        collect(root, child, tables);
      }
    }
  }

  private static String nameOf(Path path) {
    return String.valueOf(path.getFileName());
  }
}
