package io.millrace.jobs.sink;

import org.apache.flink.connector.file.sink.FileSinkCommittable;

/**
 * A file that waits for its checkpoint.
 *
 * @param file as Flink's file sink knows it
 * @param writer a start of a writer; later starts come later in the order of texts
 * @param sequence how often that writer has been asked for files
 * @param watermarkMs of the writer then; {@link Long#MIN_VALUE} if it had none
 */
record TableCommittable(FileSinkCommittable file, String writer, long sequence, long watermarkMs) {
  /** The table's folder below the store's root. */
  String table() {
    String folder = file.getBucketId();
    return folder.substring(0, folder.lastIndexOf('/'));
  }

  /** The file's path below the table's folder, or null if nothing becomes visible. */
  String path() {
    if (!file.hasPendingFile()) {
      return null;
    }
    String folder = file.getBucketId();
    return folder.substring(folder.lastIndexOf('/') + 1)
        + "/"
        + file.getPendingFile().getPath().getName();
  }
}
