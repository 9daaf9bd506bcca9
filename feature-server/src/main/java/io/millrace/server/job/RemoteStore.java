package io.millrace.server.job;

import io.millrace.server.platform.ForegroundProcess;
import io.millrace.server.platform.Jvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An offline store that no path of this machine reaches. Flink's file systems do, which are not on
 * the command line's class path: a process of its own has them, does one thing and speaks for
 * itself. Thread-safe.
 *
 * @param home the folder that this was built in
 */
public record RemoteStore(Path home) {
  /** Whether a store is named by a URI. */
  public static boolean isRemote(String store) {
    return store.matches("[A-Za-z][A-Za-z0-9+.-]+://.*");
  }

  /**
   * Does one thing with a store.
   *
   * @param options of {@code RemoteStoreCommand}; empty ones are left out
   * @return the exit status
   * @throws io.millrace.server.platform.PlatformException if it is not built or cannot be started
   */
  public int run(Map<String, String> options) throws InterruptedException {
    return ForegroundProcess.run("what reaches the store", command(options));
  }

  List<String> command(Map<String, String> options) {
    Path root = home.toAbsolutePath();
    Path target = root.resolve("flink-jobs/target");
    List<String> command =
        new ArrayList<>(
            List.of(
                Jvm.program(),
                "-XX:+UseSerialGC",
                "-Xmx" + System.getenv().getOrDefault("MILLRACE_HEAP", "2g"),
                "-Dlog4j2.configurationFile=" + root.resolve("deploy/log4j2-cli.xml").toUri(),
                "-cp",
                target.resolve("classes") + ":" + Jvm.requireBuilt(target.resolve("lib")) + "/*",
                "io.millrace.jobs.RemoteStoreCommand"));
    new TreeMap<>(options)
        .forEach(
            (key, value) -> {
              if (!value.isEmpty()) {
                command.addAll(List.of("--" + key, value));
              }
            });
    return command;
  }
}
