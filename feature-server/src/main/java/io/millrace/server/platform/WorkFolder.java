package io.millrace.server.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The one folder below which everything that a run writes lies: server data, logs, models, tables.
 *
 * <p>An open work folder is locked against a second run until it is closed, or until the process
 * that holds it ends, however it ends. When it is opened, servers that an earlier run was killed
 * too hard to stop are ended.
 *
 * <pre>{@code
 * try (WorkFolder work = WorkFolder.open(Path.of("target/demo"))) {
 *   Path models = work.folder("models");
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class WorkFolder implements AutoCloseable {
  private static final String LOCK = "lock";
  private static final String PIDS = "pids";

  private final Path path;
  private final FileChannel channel;
  private final FileLock lock;

  private WorkFolder(Path path, FileChannel channel, FileLock lock) {
    this.path = path;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Creates the folder where there is none, and locks it.
   *
   * @throws PlatformException when it cannot be created or written, or when another run holds it
   */
  public static WorkFolder open(Path path) {
    Path folder = path.toAbsolutePath().normalize();
    FileChannel channel = openLockFile(folder);
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw inUse(folder);
      }
      WorkFolder work = new WorkFolder(folder, channel, lock);
      Leftovers.end(work.folder(PIDS));
      return work;
    } catch (OverlappingFileLockException e) {
      closeQuietly(channel);
      throw inUse(folder);
    } catch (IOException e) {
      closeQuietly(channel);
      throw notWritable(folder, e);
    } catch (RuntimeException e) {
      closeQuietly(channel);
      throw e;
    }
  }

  /** The folder, absolute. */
  public Path path() {
    return path;
  }

  /** Where the servers write their logs; exists. */
  public Path logs() {
    return folder("logs");
  }

  /** The subfolder of that name; created where there is none. */
  public Path folder(String name) {
    Path folder = inside(name);
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw notWritable(folder, e);
    }
  }

  /** Deletes the subfolder of that name with all that is in it; nothing where there is none. */
  public void clear(String name) {
    Path folder = inside(name);
    if (!Files.exists(folder)) {
      return;
    }
    try {
      Files.walkFileTree(folder, new Deletion());
    } catch (IOException e) {
      throw new PlatformException(
          "Cannot delete " + folder + " (" + e + "). Delete it by hand, or choose --work-dir.", e);
    }
  }

  /** Where {@link ChildProcess} notes which processes run. */
  Path pids() {
    return folder(PIDS);
  }

  @Override
  public void close() {
    try {
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot unlock " + path, e);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }

  private Path inside(String name) {
    Path folder = path.resolve(name).normalize();
    if (!folder.startsWith(path) || folder.equals(path)) {
      throw new IllegalArgumentException("\"" + name + "\" is not a subfolder of " + path);
    }
    return folder;
  }

  private static FileChannel openLockFile(Path folder) {
    try {
      Files.createDirectories(folder);
      return FileChannel.open(
          folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw notWritable(folder, e);
    }
  }

  private static PlatformException notWritable(Path folder, IOException cause) {
    return new PlatformException(
        "Cannot write to the work folder "
            + folder
            + " ("
            + cause
            + "). Choose a folder that can be written with --work-dir.",
        cause);
  }

  private static PlatformException inUse(Path folder) {
    return new PlatformException(
        "The work folder "
            + folder
            + " is in use by another run. Stop that one, or choose another folder with"
            + " --work-dir.");
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException ignored) {
      // The error that is on its way says more.
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.delete(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
