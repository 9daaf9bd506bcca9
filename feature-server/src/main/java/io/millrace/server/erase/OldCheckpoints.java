package io.millrace.server.erase;

import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Checkpoints and savepoints in a folder that were made before an instant, and so may hold the
 * subject: those of runs before, those that a cluster retains, and savepoints. Stateless.
 */
final class OldCheckpoints {
  private static final String METADATA = "_metadata";
  // CHECKPOINTS/JOB/chk-7/_metadata, SAVEPOINTS/savepoint-x/_metadata
  private static final int DEPTH = 5;
  private static final Duration STEP = Duration.ofMillis(200);

  private OldCheckpoints() {}

  /**
   * Those that are there, and still are after a while: a job deletes the checkpoint before just
   * after it says that the next is complete.
   *
   * @param folders of checkpoints or savepoints
   * @param before when they were completed
   * @param patience how long a job may take for that
   * @throws OfflineException if a folder cannot be listed
   */
  static Collection<Path> in(List<Path> folders, Instant before, Duration patience)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      Collection<Path> old = new TreeSet<>();
      for (Path folder : folders) {
        find(folder, before, old);
      }
      if (old.isEmpty() || System.nanoTime() - end > 0) {
        return old;
      }
      TimeUnit.NANOSECONDS.sleep(STEP.toNanos());
    }
  }

  private static void find(Path folder, Instant before, Collection<Path> old) {
    try (Stream<Path> files = Files.walk(folder, DEPTH)) {
      for (Path file : files.filter(one -> one.endsWith(METADATA)).toList()) {
        if (isOlder(file, before)) {
          old.add(file.getParent());
        }
      }
    } catch (UncheckedIOException e) {
      if (!(e.getCause() instanceof NoSuchFileException)) {
        throw unlisted(folder, e);
      }
      find(folder, before, old); // a job deleted one of its own meanwhile
    } catch (IOException e) {
      throw unlisted(folder, e);
    }
  }

  private static OfflineException unlisted(Path folder, Exception e) {
    return new OfflineException("the checkpoints at " + folder + " cannot be listed: " + e, e);
  }

  private static boolean isOlder(Path file, Instant before) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(before);
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
