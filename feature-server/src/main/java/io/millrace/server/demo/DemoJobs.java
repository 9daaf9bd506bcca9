package io.millrace.server.demo;

import io.millrace.server.job.Checkpoints;
import io.millrace.server.job.JobProcess;
import io.millrace.server.platform.WorkFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The jobs and the worker of a run, as they are started. */
final class DemoJobs {
  private DemoJobs() {}

  static JobProcess start(DemoStage stage, JobProcess.Kind kind, DemoOptions options) {
    WorkFolder work = stage.work();
    boolean monitor = kind == JobProcess.Kind.MONITOR;
    Path checkpoints = work.folder("checkpoints").resolve(monitor ? "monitor" : "features");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--definitions", stage.definitionFolder().toAbsolutePath().toString(),
                "--set.dataset", stage.dataset(),
                "--service", DemoStage.SERVICE,
                "--kafka.bootstrap-servers", stage.kafka().bootstrapServers(),
                "--registry.url", stage.registryServer().url(),
                "--predictions.topic", DemoStage.TOPICS.predictions(),
                "--offline.path", work.folder("offline").toString(),
                "--models.path", work.folder("models").toString(),
                "--checkpoints.path", checkpoints.toString(),
                "--checkpoints.interval", monitor ? "PT1S" : "PT3S",
                "--source.alignment", options.data().alignment().toString()));
    if (monitor) {
      // The weather of 2017 is not in the data and will not come: that much may be said beforehand.
      arguments.addAll(List.of("--policy.accept-incidents-after", "4"));
    } else {
      arguments.addAll(List.of("--model", DemoStage.MODEL));
      stage.online().forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
    }
    Checkpoints.newest(checkpoints)
        .ifPresent(newest -> arguments.addAll(List.of("--checkpoints.restore", newest.toString())));
    return JobProcess.start(kind, work, options.home(), arguments);
  }

  static List<String> workerArguments(DemoStage stage) {
    WorkFolder work = stage.work();
    return List.of(
        "--definitions",
        stage.definitionFolder().toAbsolutePath().toString(),
        "--set",
        "dataset=" + stage.dataset(),
        "--service",
        DemoStage.SERVICE,
        "--model",
        DemoStage.MODEL,
        "--models",
        work.folder("models").toString(),
        "--store",
        work.folder("offline").toString(),
        "--work-dir",
        work.folder("worker").toString(),
        "--holdout",
        "P7D",
        "--bootstrap",
        stage.kafka().bootstrapServers(),
        "--registry",
        stage.registryServer().url());
  }
}
