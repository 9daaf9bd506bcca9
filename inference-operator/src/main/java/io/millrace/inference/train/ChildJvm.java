package io.millrace.inference.train;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A JVM of its own for a task whose native code must not run in this one. It ends with its task,
 * with its time, with its disk quota, with an interrupt of the waiting thread, or with this
 * process.
 */
final class ChildJvm {
  private static final int LAST_LINES = 30;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final String classPath;
  private final int heapMegabytes;
  private final Duration timeout;
  private final DiskQuota quota;

  ChildJvm(String classPath, int heapMegabytes, Duration timeout, DiskQuota quota) {
    this.classPath = classPath;
    this.heapMegabytes = heapMegabytes;
    this.timeout = timeout;
    this.quota = quota;
  }

  /**
   * Runs {@code main} and hands each line that it prints to {@code lines}, on the calling thread.
   *
   * @throws TrainingException if it fails, takes too long or writes too much, with its last lines
   */
  void run(Path folder, Class<?> main, List<String> args, Consumer<String> lines)
      throws TrainingException, InterruptedException, IOException {
    long endNanos = System.nanoTime() + timeout.toNanos();
    Process process = builder(folder, main, args).start();
    Deque<String> last = new ArrayDeque<>();
    long lookNanos = System.nanoTime();
    try {
      BlockingQueue<Optional<String>> output = output(process, main.getSimpleName());
      while (true) {
        long leftNanos = endNanos - System.nanoTime();
        Optional<String> line = output.poll(Math.min(leftNanos, LOOK_NANOS), TimeUnit.NANOSECONDS);
        if (System.nanoTime() >= lookNanos) {
          quota.requireKept();
          lookNanos = System.nanoTime() + LOOK_NANOS;
        }
        if (line == null && leftNanos > LOOK_NANOS) {
          continue;
        }
        if (line == null) {
          throw new TrainingException(
              "the trainer was stopped after %s; give it more time or fewer rows%s"
                  .formatted(timeout, words(last)));
        }
        if (line.isEmpty()) {
          break;
        }
        last.add(line.get());
        if (last.size() > LAST_LINES) {
          last.remove();
        }
        lines.accept(line.get());
      }
      // Its output has ended, so it ends.
      process.waitFor();
      quota.requireKept();
    } finally {
      kill(process);
    }
    if (process.exitValue() != 0) {
      throw new TrainingException(
          "the trainer ended with code %d%s%s"
              .formatted(process.exitValue(), killedHint(process.exitValue()), words(last)));
    }
  }

  /** The lines as they come; at the end of the output an empty one. A pipe cannot be polled. */
  private static BlockingQueue<Optional<String>> output(Process process, String name) {
    BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                  lines.add(Optional.of(line));
                }
              } catch (IOException e) {
                lines.add(Optional.of("(its output broke off: " + e.getMessage() + ")"));
              } finally {
                lines.add(Optional.empty());
              }
            },
            name + "-output");
    reader.setDaemon(true);
    reader.start();
    return lines;
  }

  private ProcessBuilder builder(Path folder, Class<?> main, List<String> args) throws IOException {
    // An argument file: class paths outgrow a command line.
    Path argumentFile = folder.resolve("java.args");
    Files.writeString(argumentFile, "-cp\n" + quoted(classPath) + "\n", StandardCharsets.UTF_8);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heapMegabytes + "m");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("@" + argumentFile);
    command.add(main.getName());
    command.addAll(args);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // Read by OpenMP before main: spinning threads cost 30 times the work on busy cores.
    builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    return builder;
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  /** Ends the process and waits until it is gone, even if this thread is interrupted. */
  private static void kill(Process process) {
    boolean interrupted = false;
    process.destroyForcibly();
    while (process.isAlive()) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static String killedHint(int code) {
    return code == 137 ? " (killed, perhaps for memory)" : "";
  }

  private static String words(Deque<String> last) {
    return last.isEmpty()
        ? "; it printed nothing"
        : "; its last lines:\n" + String.join("\n", last);
  }
}
