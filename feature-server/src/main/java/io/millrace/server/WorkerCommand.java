package io.millrace.server;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.inference.model.ModelRepository;
import io.millrace.offline.OfflineStore;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.retrain.Candidates;
import io.millrace.server.retrain.LoopTopics;
import io.millrace.server.retrain.RepositoryGates;
import io.millrace.server.retrain.RetrainWorker;
import io.millrace.server.retrain.WorkerOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace worker}: retrains one model when asked, until it is ended. */
@Command(
    name = "worker",
    description =
        "Take retraining requests: train, hold the candidate against the champion, roll it out.",
    footer = {
      "",
      "Runs until it is ended (Ctrl-C); started again, it goes on with what it was at.",
      "",
      "Example:",
      "  millrace worker --definitions feature-definitions/flights --service delay_v1 \\",
      "    --models models --store offline --work-dir worker \\",
      "    --bootstrap 127.0.0.1:9092 --registry http://127.0.0.1:8081"
    })
final class WorkerCommand implements Callable<Integer> {
  private static final int ENDING_SECONDS = 10;

  @Option(
      names = "--definitions",
      required = true,
      paramLabel = "DIR",
      description = "The definition files.")
  private Path folder;

  @Option(
      names = "--service",
      required = true,
      paramLabel = "NAME",
      description = "The feature service, which must have a label.")
  private String service;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "The model's name. Default: the service's.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--models",
      required = true,
      paramLabel = "DIR",
      description = "The model repository.")
  private Path models;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The offline store, whose recorded events are learnt from.")
  private Path offline;

  @Option(
      names = "--work-dir",
      required = true,
      paramLabel = "DIR",
      description = "For the trainer's files; one worker at a time.")
  private Path workFolder;

  @Mixin private KafkaFlags kafka;

  @Option(
      names = "--window",
      paramLabel = "DURATION",
      defaultValue = "P120D",
      description =
          "How much event time to learn from; days without data do not count."
              + " Default: ${DEFAULT-VALUE}.")
  private Duration window;

  @Option(
      names = "--holdout",
      paramLabel = "DURATION",
      defaultValue = "P14D",
      description =
          "How much of the latest labelled event time to keep for the gate; not learnt from."
              + " Default: ${DEFAULT-VALUE}.")
  private Duration holdout;

  @Option(
      names = "--min-rows",
      paramLabel = "N",
      defaultValue = "1000",
      description = "The fewest labelled requests to learn from. Default: ${DEFAULT-VALUE}.")
  private long minimumRows;

  @Option(
      names = "--shadow",
      paramLabel = "N",
      defaultValue = "2000",
      description =
          "How many predictions a candidate shadows before it serves. Default: ${DEFAULT-VALUE}.")
  private int shadow;

  @Option(
      names = "--ack-timeout",
      paramLabel = "DURATION",
      defaultValue = "PT2M",
      description = "How long the subtasks may take to load it. Default: ${DEFAULT-VALUE}.")
  private Duration ackTimeout;

  @Option(
      names = "--shadow-timeout",
      paramLabel = "DURATION",
      defaultValue = "PT10M",
      description = "How long the shadowing may take. Default: ${DEFAULT-VALUE}.")
  private Duration shadowTimeout;

  @Option(
      names = "--trainer-timeout",
      paramLabel = "DURATION",
      defaultValue = "PT30M",
      description = "How long a training may take. Default: ${DEFAULT-VALUE}.")
  private Duration trainerTimeout;

  @Option(
      names = "--disk-quota",
      paramLabel = "BYTES",
      defaultValue = "8589934592",
      description = "How much the trainer's files may hold. Default: ${DEFAULT-VALUE}.")
  private long diskQuota;

  @Option(
      names = "--record-timeout",
      paramLabel = "DURATION",
      defaultValue = "PT1M",
      description =
          "How long to wait for the recorded events to reach the last labels; then it goes on"
              + " without. Default: ${DEFAULT-VALUE}.")
  private Duration recordTimeout;

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException {
    Definitions all = definitions.load(folder);
    if (all.service(service).label().isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--service " + service + " has no label, so nothing can be learnt for it");
    }
    try (WorkFolder work = WorkFolder.open(workFolder)) {
      runUntilEnded(worker(all, options(work)));
    }
    return 0;
  }

  private WorkerOptions options(WorkFolder work) {
    try {
      return new WorkerOptions(
          work.folder("trainings"),
          window,
          holdout,
          minimumRows,
          shadow,
          ackTimeout,
          shadowTimeout,
          trainerTimeout,
          diskQuota,
          recordTimeout);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private RetrainWorker worker(Definitions all, WorkerOptions options) {
    ModelRepository repository = new ModelRepository(models);
    InstantSource clock = InstantSource.system();
    Candidates candidates =
        new Candidates(
            all,
            service,
            model.orElse(service),
            repository,
            new OfflineStore(offline),
            options,
            UnaryOperator.identity(),
            clock);
    PrintWriter out = spec.commandLine().getOut();
    return new RetrainWorker(
        new LoopTopics(kafka.bootstrap(), new ConfluentSchemaRegistry(kafka.registry(), Map.of())),
        candidates,
        new RepositoryGates(repository),
        options,
        clock,
        line -> {
          out.println(line);
          out.flush();
        });
  }

  /** SIGTERM and Ctrl-C interrupt the worker, which ends its child process, and wait for it. */
  private static void runUntilEnded(RetrainWorker worker) {
    Thread working = Thread.currentThread();
    CountDownLatch ended = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              working.interrupt();
              try {
                if (!ended.await(ENDING_SECONDS, TimeUnit.SECONDS)) {
                  System.err.println("the worker does not end; it is left to be killed");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "end-worker");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      worker.run();
    } catch (InterruptedException e) {
      // Asked to end.
    } finally {
      ended.countDown();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook runs.
    }
  }
}
