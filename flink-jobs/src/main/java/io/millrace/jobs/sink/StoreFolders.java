package io.millrace.jobs.sink;

import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.StoreFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.apache.flink.core.fs.FileSystem;

/** Where the tables of a store lie: on a file system of this machine, or wherever Flink reaches. */
@FunctionalInterface
interface StoreFolders {
  /** The files of a table. */
  StoreFiles of(String table);

  /** By a store's root. */
  static StoreFolders at(URI root) throws IOException {
    if (root.getScheme() == null || root.getScheme().equals("file")) {
      Path folder = Path.of(root.getPath());
      return table -> new LocalStoreFiles(folder.resolve(table));
    }
    FileSystem files = FileSystem.get(root);
    org.apache.flink.core.fs.Path folder = new org.apache.flink.core.fs.Path(root);
    return table -> new FlinkStoreFiles(files, new org.apache.flink.core.fs.Path(folder, table));
  }
}
