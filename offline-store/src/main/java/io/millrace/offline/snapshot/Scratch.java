package io.millrace.offline.snapshot;

import io.millrace.offline.OfflineException;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder of this machine for copies of files that lie elsewhere; made when the first is wanted
 * and deleted at the end. Not thread-safe.
 */
public final class Scratch implements Closeable {
  private final Path parent;
  private Path folder;
  private int files;

  /** Below {@code java.io.tmpdir}. */
  public Scratch() {
    this(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /**
   * @param parent the folder that it lies in, under a hidden name
   */
  public Scratch(Path parent) {
    this.parent = parent;
  }

  /** A name that no other copy has. */
  public Path next(String name) throws IOException {
    if (folder == null) {
      folder = Files.createTempDirectory(parent, ".millrace-copies-");
    }
    return folder.resolve(files++ + "-" + name.substring(name.lastIndexOf('/') + 1));
  }

  /** Puts a copy where it shall stay; of a file that lies elsewhere a copy is made. */
  public void keep(Path file, Path target) throws IOException {
    Path copy = file;
    if (!isCopy(file)) {
      copy = next(target.toString());
      Files.copy(file, copy);
    }
    Files.move(copy, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Deletes a copy that is no longer wanted; a file that lies elsewhere is left alone. */
  public void forget(Path file) throws IOException {
    if (isCopy(file)) {
      Files.deleteIfExists(file);
    }
  }

  private boolean isCopy(Path file) {
    return folder != null && file.startsWith(folder);
  }

  @Override
  public void close() {
    if (folder == null) {
      return;
    }
    List<Path> all = new ArrayList<>();
    try (Stream<Path> found = Files.walk(folder)) {
      found.sorted(Comparator.reverseOrder()).forEach(all::add);
      for (Path file : all) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new OfflineException(
          "the copies in " + folder + " cannot be deleted (" + e + "); delete the folder", e);
    }
  }
}
