package io.millrace.server.job;

import io.millrace.server.platform.ForegroundProcess;
import io.millrace.server.platform.Jvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
   * @throws io.millrace.server.platform.PlatformException if it is not built or cannot be started
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
                built(root, "feature-server") + ":" + built(root, "flink-jobs"),
                "io.millrace.server.Millrace"));
    command.addAll(arguments);
    return command;
  }

  private static String built(Path root, String module) {
    Path target = root.resolve(module).resolve("target");
    return target.resolve("classes") + ":" + Jvm.requireBuilt(target.resolve("lib")) + "/*";
  }
}
