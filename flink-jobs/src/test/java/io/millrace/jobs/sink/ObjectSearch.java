package io.millrace.jobs.sink;

import io.millrace.offline.parquet.RowRemoval;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * Looks through every object of a bucket for a text, packed in Parquet or not.
 *
 * @param copy where an object is put to be unpacked
 */
record ObjectSearch(String text, java.nio.file.Path copy) {
  /** The objects below a root that have it. */
  List<String> below(URI root) throws Exception {
    List<String> found = new ArrayList<>();
    search(new Path(root), found);
    return found;
  }

  private void search(Path path, List<String> found) throws Exception {
    FileSystem files = path.getFileSystem();
    for (FileStatus status : files.listStatus(path)) {
      if (status.isDir()) {
        search(status.getPath(), found);
        continue;
      }
      byte[] content;
      try (var in = files.open(status.getPath())) {
        content = in.readAllBytes();
      }
      if (new String(content, StandardCharsets.ISO_8859_1).contains(text)
          || (status.getPath().getName().contains(".parquet") && hasRow(content))) {
        found.add(status.getPath().toString());
      }
    }
  }

  private boolean hasRow(byte[] parquet) throws Exception {
    Files.write(copy, parquet);
    return !RowRemoval.find(copy, row -> row.toString().contains(text)).isEmpty();
  }
}
