package io.millrace.jobs.sink;

import java.util.Optional;
import org.apache.flink.connector.file.sink.FileSinkCommittable;

/**
 * What waits for its checkpoint: a file, or word of a table that has none but whose watermark went
 * on.
 *
 * @param table the table's folder below the store's root
 * @param file as Flink's file sink knows it; empty for a table without files
 * @param writer a start of a writer; later starts come later in the order of texts
 * @param sequence how often that writer has been asked for files
 * @param watermarkMs of the writer then; {@link Long#MIN_VALUE} if it had none
 */
record TableCommittable(
    String table,
    Optional<FileSinkCommittable> file,
    String writer,
    long sequence,
    long watermarkMs) {
  static TableCommittable of(
      FileSinkCommittable file, String writer, long sequence, long watermarkMs) {
    String folder = file.getBucketId();
    return new TableCommittable(
        folder.substring(0, folder.lastIndexOf('/')),
        Optional.of(file),
        writer,
        sequence,
        watermarkMs);
  }

  /** Word of a table without files. */
  static TableCommittable ofSilent(String table, String writer, long sequence, long watermarkMs) {
    return new TableCommittable(table, Optional.empty(), writer, sequence, watermarkMs);
  }

  /** The path below the table's folder of a file that becomes visible. */
  Optional<String> path() {
    return file.filter(FileSinkCommittable::hasPendingFile)
        .map(
            pending -> {
              String folder = pending.getBucketId();
              return folder.substring(folder.lastIndexOf('/') + 1)
                  + "/"
                  + pending.getPendingFile().getPath().getName();
            });
  }
}
