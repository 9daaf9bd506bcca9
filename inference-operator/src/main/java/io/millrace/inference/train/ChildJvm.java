package io.millrace.inference.train;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A JVM of its own for a task whose native code must not run in this one. It ends with its task,
 * with its time, with an interrupt of the waiting thread, or with this process.
 */
final class ChildJvm {
  private static final int LAST_LINES = 30;

  private final String classPath;
  private final int heapMegabytes;
  private final Duration timeout;

  ChildJvm(String classPath, int heapMegabytes, Duration timeout) {
    this.classPath = classPath;
    this.heapMegabytes = heapMegabytes;
    this.timeout = timeout;
  }

  /**
   * Runs {@code main} and hands each line that it prints to {@code lines}.
   *
   * @throws TrainingException if it fails or takes too long, with its last lines
   */
  void run(Path folder, Class<?> main, List<String> args, Consumer<String> lines)
      throws TrainingException, InterruptedException, IOException {
    Process process = builder(folder, main, args).start();
    Deque<String> last = new ArrayDeque<>();
    // The reader blocks on the pipe, this thread on the process; both end when the process does.
    Thread reader = new Thread(() -> read(process, last, lines), main.getSimpleName() + "-output");
    reader.setDaemon(true);
    reader.start();
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        kill(process, reader);
        throw new TrainingException(
            "the trainer was stopped after %s; give it more time or fewer rows%s"
                .formatted(timeout, words(last)));
      }
      reader.join();
    } finally {
      kill(process, reader);
    }
    if (process.exitValue() != 0) {
      throw new TrainingException(
          "the trainer ended with code %d%s%s"
              .formatted(process.exitValue(), killedHint(process.exitValue()), words(last)));
    }
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

  private static void read(Process process, Deque<String> last, Consumer<String> lines) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (last) {
          last.add(line);
          if (last.size() > LAST_LINES) {
            last.remove();
          }
        }
        lines.accept(line);
      }
    } catch (IOException e) {
      synchronized (last) {
        last.add("(its output broke off: " + e.getMessage() + ")");
      }
    }
  }

  private static void kill(Process process, Thread reader) throws InterruptedException {
    if (process.isAlive()) {
      process.destroyForcibly();
      process.waitFor(10, TimeUnit.SECONDS);
    }
    reader.join(TimeUnit.SECONDS.toMillis(10));
  }

  private static String killedHint(int code) {
    return code == 137 ? " (killed, perhaps for memory)" : "";
  }

  private static String words(Deque<String> last) {
    synchronized (last) {
      return last.isEmpty()
          ? "; it printed nothing"
          : "; its last lines:\n" + String.join("\n", last);
    }
  }
}
