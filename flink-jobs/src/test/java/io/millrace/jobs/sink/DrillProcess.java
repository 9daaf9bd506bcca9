package io.millrace.jobs.sink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Starts a {@link DrillJob}, each time from the last checkpoint of those before.
 *
 * @param folder of checkpoints and log
 * @param store that it writes to
 * @param environment beside this process's own
 */
record DrillProcess(Path folder, URI store, Map<String, String> environment) {
  private record Checkpoint(Path folder, long atMs) {
    int number() {
      return Integer.parseInt(folder.getFileName().toString().substring("chk-".length()));
    }
  }

  /** The arguments are those of {@link DrillJob#main}. */
  Process start(long count, int perSecond, long seed, long most) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx640m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dlog4j2.level=WARN",
            "-cp",
            classPath,
            DrillJob.class.getName(),
            store.toString(),
            checkpoints().toString(),
            lastCheckpoint().map(path -> path.toUri().toString()).orElse(""),
            Long.toString(count),
            Integer.toString(perSecond),
            Long.toString(seed),
            Long.toString(most));
    builder.environment().putAll(environment);
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  /** The newest complete one of all starts. */
  private Optional<Path> lastCheckpoint() throws IOException {
    if (!Files.isDirectory(checkpoints())) {
      return Optional.empty();
    }
    while (true) {
      try (Stream<Path> files = Files.walk(checkpoints(), 3)) {
        return files
            .filter(file -> file.endsWith("_metadata"))
            .map(file -> new Checkpoint(file.getParent(), file.toFile().lastModified()))
            .max(Comparator.comparingLong(Checkpoint::atMs).thenComparingInt(Checkpoint::number))
            .map(Checkpoint::folder);
      } catch (UncheckedIOException e) {
        // One was deleted while the folder was walked; the job keeps the newest.
      }
    }
  }

  private Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  /** The end of what the jobs said. */
  String log() {
    try {
      String text = Files.readString(folder.resolve("log"));
      return text.substring(Math.max(0, text.length() - 4_000));
    } catch (IOException e) {
      return "no log: " + e;
    }
  }
}
