package io.millrace.inference.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * How many bytes the files of one training may have together.
 *
 * <p>Thread-safe. It looks at the folder when asked, so that between two looks a child may write
 * more: the quota is passed by at most what the disk takes in that time.
 *
 * @param folder of the training
 * @param maxBytes 1 or more
 */
record DiskQuota(Path folder, long maxBytes) {
  /**
   * Makes sure that a file can be written whole before it is begun.
   *
   * @throws TrainingException if it would pass the quota
   */
  void requireRoomFor(long rows, long bytes) throws TrainingException, IOException {
    long used = usedBytes();
    if (bytes > maxBytes - used) {
      throw new TrainingException(
          "%,d training rows take %,d bytes in %s beside %,d that are there, above the disk quota of %,d; give fewer rows or a larger quota"
              .formatted(rows, bytes, folder, used, maxBytes));
    }
  }

  /**
   * @throws TrainingException if the folder's files have passed the quota
   */
  void requireKept() throws TrainingException, IOException {
    long used = usedBytes();
    if (used > maxBytes) {
      throw new TrainingException(
          "the trainer was stopped: its files in %s have %,d bytes, above the disk quota of %,d; give fewer rows or a larger quota"
              .formatted(folder, used, maxBytes));
    }
  }

  private long usedBytes() throws IOException {
    long[] bytes = new long[1];
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              bytes[0] += attributes.size();
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              // The child may remove a file between the listing and the look.
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return bytes[0];
  }
}
