package io.millrace.offline.training;

import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that appears whole or not at all: it is filled beside its place under a name with a dot
 * and renamed at the end. What a killed process left there is removed by the next one.
 *
 * <pre>
 * out                     appears by {@link #publish}
 * .out.partial/data/      what it will hold
 * .out.partial/spill/     what is needed until then
 * .out.partial/lock       held while somebody fills it
 * </pre>
 */
final class OutputFolder implements AutoCloseable {
  private final Path out;
  private final Path partial;
  private final FileChannel lock;

  private OutputFolder(Path out, Path partial, FileChannel lock) {
    this.out = out;
    this.partial = partial;
    this.lock = lock;
  }

  /**
   * @throws OfflineException if the folder holds something, somebody else fills it, or it cannot be
   *     written
   */
  static OutputFolder create(Path folder) {
    Path out = folder.toAbsolutePath().normalize();
    Path partial = out.resolveSibling("." + out.getFileName() + ".partial");
    FileChannel channel = null;
    try {
      requireEmpty(out);
      Files.createDirectories(partial);
      channel =
          FileChannel.open(
              partial.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      requireLock(channel, out);
      delete(partial.resolve("data"));
      delete(partial.resolve("spill"));
      Files.createDirectory(partial.resolve("data"));
      Files.createDirectory(partial.resolve("spill"));
      return new OutputFolder(out, partial, channel);
    } catch (IOException e) {
      close(channel);
      throw new OfflineException(
          "the folder " + out + " cannot be written: " + e + "; choose another --out", e);
    } catch (OfflineException e) {
      close(channel);
      throw e;
    }
  }

  private static void requireEmpty(Path out) throws IOException {
    if (Files.isDirectory(out)) {
      try (Stream<Path> files = Files.list(out)) {
        if (files.findAny().isPresent()) {
          throw new OfflineException(
              "the folder " + out + " is not empty; choose another --out, or remove it");
        }
      }
    } else if (Files.exists(out)) {
      throw new OfflineException(out + " is a file; choose another --out");
    }
  }

  private static void requireLock(FileChannel channel, Path out) throws IOException {
    FileLock held = null;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      held = null; // this very process holds it
    }
    if (held == null) {
      throw new OfflineException(
          "another process is writing " + out + "; wait for it, or choose another --out");
    }
  }

  /** Where files lie that are needed until the end. */
  Path work() {
    return partial.resolve("spill");
  }

  /** The place of a file of rows. */
  Path part(int number) {
    return partial.resolve("data").resolve(partName(number));
  }

  static String partName(int number) {
    return String.format("part-%05d.parquet", number);
  }

  /** Writes what the folder holds beside its rows; readers pass over the name. */
  void describe(String json) throws IOException {
    Files.write(
        partial.resolve("data").resolve("_training-set.json"),
        List.of(json),
        StandardCharsets.UTF_8);
  }

  /** Makes the folder appear. */
  void publish() throws IOException {
    Files.move(partial.resolve("data"), out, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes all that was not published. */
  @Override
  public void close() {
    try {
      delete(partial);
    } catch (IOException e) {
      throw new OfflineException("the folder " + partial + " cannot be removed: " + e, e);
    } finally {
      close(lock);
    }
  }

  private static void close(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new OfflineException("a lock cannot be given back: " + e, e);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
