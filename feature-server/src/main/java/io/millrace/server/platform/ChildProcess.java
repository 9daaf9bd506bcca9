package io.millrace.server.platform;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A server in a process of its own that does not outlive this one.
 *
 * <p>Its output is appended to {@code logs/NAME.log} of the work folder. It is ended by {@link
 * #close}, by a shutdown hook when this process ends without that, and by the next {@link
 * WorkFolder#open} when this process is killed.
 *
 * <pre>{@code
 * ChildProcess server = ChildProcess.start(work, "registry", List.of(Jvm.program(), ...), Map.of());
 * server.awaitReady(() -> answers(url), Duration.ofSeconds(60));
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class ChildProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int QUOTED_LINES = 12;
  private static final int QUOTED_BYTES = 8_192;

  private final String name;
  private final Process process;
  private final Path log;
  private final long logStart;
  private final Path pidFile;
  private final Thread hook;

  private ChildProcess(String name, Process process, Path log, long logStart, Path pidFile) {
    this.name = name;
    this.process = process;
    this.log = log;
    this.logStart = logStart;
    this.pidFile = pidFile;
    this.hook = new Thread(this::end, "end-" + name);
  }

  /**
   * Starts a process.
   *
   * @param name what messages and the log file call it
   * @param command the program and its arguments
   * @param environment set beside what this process has in its own environment
   * @throws PlatformException when the program cannot be started
   */
  public static ChildProcess start(
      WorkFolder work, String name, List<String> command, Map<String, String> environment) {
    Path log = work.logs().resolve(name + ".log");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.directory(work.path().toFile());
    builder.redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process = null;
    try {
      long logStart = Files.exists(log) ? Files.size(log) : 0;
      process = builder.start();
      Path pidFile = Leftovers.note(work.pids(), name, process.toHandle());
      ChildProcess child = new ChildProcess(name, process, log, logStart, pidFile);
      Runtime.getRuntime().addShutdownHook(child.hook);
      return child;
    } catch (IOException | IllegalStateException e) {
      if (process != null) {
        process.destroyForcibly();
      }
      throw new PlatformException("Cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  /**
   * Waits until the process is ready, asking about 20 times a second.
   *
   * @param ready whether it is; an exception is not caught
   * @throws PlatformException when it ended before that, or is not ready in time, or this thread
   *     was interrupted; the message quotes the end of its log
   */
  public void awaitReady(BooleanSupplier ready, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!ended(POLL)) {
      if (ready.getAsBoolean()) {
        return;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new PlatformException(
            name + " was not ready within " + limit.toSeconds() + " s. " + quote());
      }
    }
    throw new PlatformException(
        name + " ended with status " + process.exitValue() + " before it was ready. " + quote());
  }

  /**
   * Waits for a process that does one thing and ends.
   *
   * @throws PlatformException when it fails or takes longer; the message quotes the end of its log
   */
  public void awaitSuccess(Duration limit) {
    if (!ended(limit)) {
      throw new PlatformException(
          name + " did not end within " + limit.toSeconds() + " s. " + quote());
    }
    if (process.exitValue() != 0) {
      throw new PlatformException(
          name + " failed with status " + process.exitValue() + ". " + quote());
    }
  }

  /** Whether the process still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** What messages call it. */
  public String name() {
    return name;
  }

  /** Where its output goes. */
  public Path log() {
    return log;
  }

  /**
   * What an error about this process should end with: the last lines of its log, and where it is.
   */
  public String quote() {
    String lines = lastLines();
    return lines.isEmpty()
        ? "Its log " + log + " is empty."
        : "Its log " + log + " ends with:\n" + lines;
  }

  /** Kills the process at once, as a crash would; {@link #close} is still due. */
  public void kill() {
    process.destroyForcibly();
    ended(PATIENCE);
  }

  /** Asks the process to end, waits 10 seconds, then kills it. */
  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ignored) {
      // This process is ending; the hook finds nothing left to do.
    }
  }

  @Override
  public String toString() {
    return name + " (process " + process.pid() + ")";
  }

  private void end() {
    boolean interrupted = Thread.interrupted();
    process.destroy();
    if (!hasEnded()) {
      process.destroyForcibly();
      hasEnded();
    }
    try {
      Files.deleteIfExists(pidFile);
    } catch (IOException ignored) {
      // A stale note is checked against the command line before anything is done with it.
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean hasEnded() {
    try {
      return process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private boolean ended(Duration within) {
    try {
      return process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("Interrupted while waiting for " + name + ".", e);
    }
  }

  private String lastLines() {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(logStart, file.length() - QUOTED_BYTES);
      byte[] end = new byte[(int) Math.max(0, file.length() - from)];
      file.seek(from);
      file.readFully(end);
      List<String> lines = new String(end, StandardCharsets.UTF_8).lines().toList();
      return String.join(
          "\n", lines.subList(Math.max(0, lines.size() - QUOTED_LINES), lines.size()));
    } catch (IOException e) {
      return "";
    }
  }
}
