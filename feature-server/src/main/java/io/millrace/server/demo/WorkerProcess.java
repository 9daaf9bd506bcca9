package io.millrace.server.demo;

import io.millrace.server.platform.ChildProcess;
import io.millrace.server.platform.Jvm;
import io.millrace.server.platform.PlatformException;
import io.millrace.server.platform.WorkFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code millrace worker} in a process of its own: a trainer that dies takes nothing with it. */
final class WorkerProcess implements AutoCloseable {
  private final ChildProcess process;

  private WorkerProcess(ChildProcess process) {
    this.process = process;
  }

  /**
   * Starts the worker; it waits for requests by itself.
   *
   * @param arguments of {@code millrace worker}
   */
  static WorkerProcess start(WorkFolder work, Path home, List<String> arguments) {
    Path server = home.toAbsolutePath().resolve("feature-server/target");
    List<String> command =
        new ArrayList<>(
            List.of(
                Jvm.program(),
                "-Xmx" + System.getenv().getOrDefault("MILLRACE_WORKER_HEAP", "2g"),
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + work.folder("tmp"),
                "-Dmillrace.home=" + home.toAbsolutePath(),
                "-Dlog4j2.configurationFile="
                    + home.toAbsolutePath().resolve("deploy/log4j2-cli.xml").toUri(),
                "-cp",
                server.resolve("classes") + ":" + Jvm.requireBuilt(server.resolve("lib")) + "/*",
                "io.millrace.server.Millrace",
                "worker"));
    command.addAll(arguments);
    return new WorkerProcess(
        ChildProcess.start(
            work,
            "worker",
            command,
            Map.of("ORT_DISABLE_TELEMETRY", "1", "OMP_WAIT_POLICY", "PASSIVE")));
  }

  /**
   * @throws PlatformException quoting the log, if it has died
   */
  void requireAlive() {
    if (!process.isAlive()) {
      throw new PlatformException("the worker has died; " + process.quote());
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
