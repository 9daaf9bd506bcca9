package io.millrace.server.job;

import io.millrace.server.platform.ForegroundProcess;
import io.millrace.server.platform.Jvm;
import io.millrace.server.platform.PlatformException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * An offline store that no path of this machine reaches. Flink's file systems do, which are not on
 * the command line's class path: a command line of its own has them, does what was asked and speaks
 * for itself. Thread-safe.
 *
 * @param home the folder that this was built in
 */
public record RemoteStore(Path home) {
  /**
   * Does what was asked.
   *
   * @param arguments of the command line, all of them
   * @return the exit status
   * @throws PlatformException if it is not built or cannot be started
   */
  public int run(List<String> arguments) throws InterruptedException {
    return ForegroundProcess.run("what reaches the store", command(arguments));
  }

  List<String> command(List<String> arguments) {
    Path root = home.toAbsolutePath();
    List<String> command =
        new ArrayList<>(
            List.of(
                Jvm.program(),
                "-XX:+UseSerialGC",
                "-Xmx" + System.getenv().getOrDefault("MILLRACE_HEAP", "2g"),
                "-Dmillrace.home=" + root,
                "-Dlog4j2.configurationFile=" + root.resolve("deploy/log4j2-cli.xml").toUri(),
                "-cp",
                classPath(root),
                "io.millrace.server.Millrace"));
    command.addAll(arguments);
    return command;
  }

  /** Its own classes, then what the jobs have beside: most jars are in both. */
  private static String classPath(Path root) {
    Path own = root.resolve("feature-server/target");
    Path jobs = root.resolve("flink-jobs/target");
    Path ownJars = Jvm.requireBuilt(own.resolve("lib"));
    List<String> parts = new ArrayList<>();
    parts.add(own.resolve("classes").toString());
    parts.add(ownJars + "/*");
    parts.add(jobs.resolve("classes").toString());
    try (Stream<Path> jars = Files.list(Jvm.requireBuilt(jobs.resolve("lib")))) {
      jars.filter(jar -> !Files.exists(ownJars.resolve(jar.getFileName())))
          .sorted()
          .forEach(jar -> parts.add(jar.toString()));
    } catch (IOException e) {
      throw new PlatformException(jobs.resolve("lib") + " cannot be listed: " + e, e);
    }
    return String.join(":", parts);
  }
}
