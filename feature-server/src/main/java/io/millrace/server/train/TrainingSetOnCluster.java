package io.millrace.server.train;

import io.millrace.server.platform.ForegroundProcess;
import io.millrace.server.platform.Jvm;
import io.millrace.server.platform.PlatformException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A training set made by a Flink cluster: the job is submitted by a process of its own, which stays
 * until the set is there, and speaks for itself. Thread-safe.
 *
 * @param home the folder that this was built in
 * @param arguments what the job is told besides where it runs
 */
public record TrainingSetOnCluster(Path home, List<String> arguments) {
  public TrainingSetOnCluster {
    arguments = List.copyOf(arguments);
  }

  /** The arguments of the job for options of the command line; empty values are left out. */
  public static List<String> arguments(Map<String, String> options, Map<String, String> variables) {
    List<String> arguments = new ArrayList<>();
    options.forEach(
        (key, value) -> {
          if (!value.isEmpty()) {
            arguments.addAll(List.of("--" + key, value));
          }
        });
    variables.forEach((name, value) -> arguments.addAll(List.of("--set." + name, value)));
    return arguments;
  }

  /**
   * Submits the job and waits for it.
   *
   * @param cluster host:port of the cluster's REST API
   * @return the exit status: 0 if the set is there
   * @throws PlatformException if the job is not built or cannot be started
   */
  public int run(String cluster, int parallelism) throws InterruptedException {
    Path target = home.toAbsolutePath().resolve("flink-jobs/target");
    Path libraries = Jvm.requireBuilt(target.resolve("lib"));
    List<String> command =
        new ArrayList<>(
            List.of(
                Jvm.program(),
                "-Xmx" + System.getenv().getOrDefault("MILLRACE_HEAP", "1g"),
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "-Dlog4j2.configurationFile="
                    + home.toAbsolutePath().resolve("deploy/log4j2-cli.xml").toUri(),
                "-cp",
                jar(target) + ":" + libraries + "/*",
                "io.millrace.jobs.TrainingSetJob"));
    command.addAll(arguments);
    command.addAll(List.of("--cluster", cluster, "--parallelism", Integer.toString(parallelism)));
    return ForegroundProcess.run("the training set's job", command);
  }

  /** The jar is what a cluster can be sent; a folder of classes is not. */
  private static Path jar(Path target) {
    try (var jars =
        Files.newDirectoryStream(
            target,
            file ->
                FileSystems.getDefault()
                        .getPathMatcher("glob:flink-jobs-*.jar")
                        .matches(file.getFileName())
                    && !file.toString().endsWith("-tests.jar"))) {
      for (Path jar : jars) {
        return jar;
      }
    } catch (IOException e) {
      throw new PlatformException("Cannot list " + target + ": " + e.getMessage(), e);
    }
    return Jvm.requireBuilt(target.resolve("flink-jobs.jar"));
  }
}
