package io.millrace.server.platform;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Remembers running child processes in files, so that a run whose parent was killed can be cleaned
 * up by the next one.
 *
 * <p>A file holds three lines: process id, start time in milliseconds, command line. A process is
 * ended only when all three still fit: the id may belong to a stranger by now.
 */
final class Leftovers {
  /** The kernel's start time is derived from the boot time, which clock corrections shift. */
  private static final Duration START_TOLERANCE = Duration.ofSeconds(3);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private Leftovers() {}

  /** Notes a process that was just started; the file is to be deleted when it has ended. */
  static Path note(Path folder, String name, ProcessHandle process) throws IOException {
    Path file = folder.resolve(name + "-" + process.pid() + ".pid");
    String start = process.info().startInstant().map(Instant::toEpochMilli).orElse(0L).toString();
    Files.writeString(
        file, process.pid() + "\n" + start + "\n" + process.info().commandLine().orElse("") + "\n");
    return file;
  }

  /** Ends every process noted in the folder that still runs, and forgets all of them. */
  static void end(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.pid")) {
      for (Path file : files) {
        endOne(Files.readAllLines(file));
        Files.deleteIfExists(file);
      }
    }
  }

  private static void endOne(List<String> lines) {
    if (lines.size() != 3 || lines.get(2).isEmpty()) {
      return;
    }
    long pid;
    Instant start;
    try {
      pid = Long.parseLong(lines.get(0));
      start = Instant.ofEpochMilli(Long.parseLong(lines.get(1)));
    } catch (NumberFormatException e) {
      return;
    }
    ProcessHandle.of(pid)
        .filter(process -> fits(process, start, lines.get(2)))
        .ifPresent(Leftovers::end);
  }

  private static boolean fits(ProcessHandle process, Instant start, String commandLine) {
    return process.info().commandLine().filter(commandLine::equals).isPresent()
        && process
            .info()
            .startInstant()
            .filter(s -> Duration.between(start, s).abs().compareTo(START_TOLERANCE) <= 0)
            .isPresent();
  }

  private static void end(ProcessHandle process) {
    process.destroy();
    if (!ended(process)) {
      process.destroyForcibly();
      ended(process);
    }
  }

  private static boolean ended(ProcessHandle process) {
    try {
      process.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
