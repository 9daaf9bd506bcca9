package io.millrace.server.job;

import io.millrace.server.platform.ChildProcess;
import io.millrace.server.platform.FreePorts;
import io.millrace.server.platform.Jvm;
import io.millrace.server.platform.PlatformException;
import io.millrace.server.platform.WorkFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A job on a Flink cluster of its own, in a process of its own. */
public final class JobProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(120);

  /** Which job. */
  public enum Kind {
    FEATURES("feature-job", "io.millrace.jobs.FeatureJob", "3g"),
    MONITOR("monitor-job", "io.millrace.jobs.MonitorJob", "1g");

    private final String processName;
    private final String mainClass;
    private final String heap;

    Kind(String processName, String mainClass, String heap) {
      this.processName = processName;
      this.mainClass = mainClass;
      this.heap = heap;
    }
  }

  private final ChildProcess process;
  private final FlinkRest rest;
  private final int restPort;
  private final int metricsPort;

  private JobProcess(ChildProcess process, FlinkRest rest, int restPort, int metricsPort) {
    this.process = process;
    this.rest = rest;
    this.restPort = restPort;
    this.metricsPort = metricsPort;
  }

  /**
   * Starts the job and waits until all its tasks run.
   *
   * @param arguments what the job is told, without its ports
   */
  public static JobProcess start(Kind kind, WorkFolder work, Path home, List<String> arguments) {
    Path jobs = Jvm.requireBuilt(home.toAbsolutePath().resolve("flink-jobs/target/lib"));
    int restPort = FreePorts.next();
    int metricsPort = FreePorts.next();
    List<String> command =
        new ArrayList<>(
            List.of(
                Jvm.program(),
                "-Xms256m",
                "-Xmx" + System.getenv().getOrDefault("MILLRACE_JOB_HEAP", kind.heap),
                "-XX:+UseParallelGC",
                "-XX:MaxDirectMemorySize=512m",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + work.folder("tmp"),
                "-Dlog4j2.configurationFile="
                    + home.toAbsolutePath().resolve("deploy/log4j2-job.xml").toUri(),
                "-cp",
                home.toAbsolutePath().resolve("flink-jobs/target/classes") + ":" + jobs + "/*",
                kind.mainClass));
    command.addAll(arguments);
    command.addAll(
        List.of(
            "--local", "true",
            "--rest.port", Integer.toString(restPort),
            "--metrics.port", Integer.toString(metricsPort)));
    ChildProcess process =
        ChildProcess.start(work, kind.processName, command, Map.of("ORT_DISABLE_TELEMETRY", "1"));
    FlinkRest rest = new FlinkRest(restPort);
    try {
      process.awaitReady(
          () -> rest.job().map(job -> rest.allTasksRun(job.id())).orElse(false), START_LIMIT);
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
    return new JobProcess(process, rest, restPort, metricsPort);
  }

  /** The cluster's REST API. */
  public FlinkRest rest() {
    return rest;
  }

  /** Where its metrics are served. */
  public int metricsPort() {
    return metricsPort;
  }

  /** Where a person can look at the cluster. */
  public String page() {
    return "http://127.0.0.1:" + restPort;
  }

  /**
   * The job's id.
   *
   * @throws PlatformException quoting the log, if the process has died
   */
  public String requireJobId() {
    if (!process.isAlive()) {
      throw new PlatformException(process.name() + " has died; its log says: " + process.quote());
    }
    return rest.job()
        .map(FlinkRest.Job::id)
        .orElseThrow(
            () -> new PlatformException(process.name() + " is gone; its log is " + process.log()));
  }

  /** Kills the process, as a machine that fails does. */
  public void kill() {
    process.kill();
  }

  @Override
  public void close() {
    process.close();
  }
}
