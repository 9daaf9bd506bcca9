package io.millrace.inference.train;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * Where and within what bounds trainings run.
 *
 * @param workFolder for files of a training, about {@code 12 + 4 columns} bytes a row; removed
 *     afterwards
 * @param classPath of the trainer's process
 * @param heapMegabytes of the trainer's process; rows lie outside of its heap
 * @param timeout of one run of the trainer's process
 * @param maxWorkBytes the most bytes that the files of one training may have together
 */
public record TrainerOptions(
    Path workFolder, String classPath, int heapMegabytes, Duration timeout, long maxWorkBytes) {
  /** 8 GiB: 40 million rows of 50 columns. */
  public static final long DEFAULT_WORK_BYTES = 8L << 30;

  public TrainerOptions {
    Objects.requireNonNull(workFolder, "workFolder");
    Objects.requireNonNull(classPath, "classPath");
    if (heapMegabytes < 64) {
      throw new IllegalArgumentException(
          "the trainer's heap is " + heapMegabytes + " MB; give 64 or more");
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("the trainer's timeout is " + timeout + "; give some");
    }
    if (maxWorkBytes < 1) {
      throw new IllegalArgumentException(
          "the trainer's disk quota is " + maxWorkBytes + " bytes; give 1 or more");
    }
  }

  /** With a disk quota of {@link #DEFAULT_WORK_BYTES}. */
  public TrainerOptions(Path workFolder, String classPath, int heapMegabytes, Duration timeout) {
    this(workFolder, classPath, heapMegabytes, timeout, DEFAULT_WORK_BYTES);
  }

  /** This process's class path, a heap of 512 MB, an hour, a disk quota of 8 GiB. */
  public static TrainerOptions inFolder(Path workFolder) {
    return new TrainerOptions(
        workFolder, System.getProperty("java.class.path"), 512, Duration.ofHours(1));
  }

  public TrainerOptions withClassPath(String newClassPath) {
    return new TrainerOptions(workFolder, newClassPath, heapMegabytes, timeout, maxWorkBytes);
  }

  public TrainerOptions withTimeout(Duration newTimeout) {
    return new TrainerOptions(workFolder, classPath, heapMegabytes, newTimeout, maxWorkBytes);
  }

  public TrainerOptions withMaxWorkBytes(long newMaxWorkBytes) {
    return new TrainerOptions(workFolder, classPath, heapMegabytes, timeout, newMaxWorkBytes);
  }
}
