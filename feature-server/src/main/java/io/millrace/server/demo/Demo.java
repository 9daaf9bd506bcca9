package io.millrace.server.demo;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureService;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.inference.model.ModelBundle;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.train.TrainingException;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.EventCodec;
import io.millrace.schema.PredictionCodec;
import io.millrace.server.Terminal;
import io.millrace.server.job.JobMetrics;
import io.millrace.server.job.JobProcess;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RedisServer;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.ReplayResult;
import io.millrace.server.replay.Replayer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The whole loop, live: servers, first model, jobs, worker, replay, and what came of it. A run
 * begins with an empty Kafka and empty stores, unless it is to go on with one that was broken off;
 * the first model of an earlier run is kept.
 */
public final class Demo {
  private static final Duration SETTLE_LIMIT = Duration.ofMinutes(60);

  /** After so long without a prediction none is waited for; the summary says how many came. */
  private static final Duration QUIET = Duration.ofSeconds(30);

  private static final Duration CHECKPOINT_LIMIT = Duration.ofMinutes(3);

  private final DemoOptions options;
  private final Terminal terminal;
  private final InstantSource clock;
  private final HttpClient client = HttpClient.newHttpClient();

  public Demo(DemoOptions options, Terminal terminal, InstantSource clock) {
    this.options = options;
    this.terminal = terminal;
    this.clock = clock;
  }

  /** Runs until the summary is shown, and then, if asked to, until the process is ended. */
  public void run()
      throws DefinitionException, IOException, InterruptedException, TrainingException {
    long startedMs = clock.millis();
    try (WorkFolder work = WorkFolder.open(options.workDir())) {
      if (options.resume()) {
        RunFile.require(work, options);
      } else {
        for (String emptied :
            List.of(
                "kafka",
                "registry",
                "online",
                "redis",
                "offline",
                "checkpoints",
                "worker",
                "tmp",
                "logs")) {
          work.clear(emptied);
        }
      }
      Path folder = options.definitions();
      String dataset = options.data().dataset();
      List<String> sources = options.data().sources();
      if (options.shuffled()) {
        terminal.line("giving the flights of the first year each other's days");
        folder = ShuffledFlights.definitions(work, folder, dataset);
        dataset = ShuffledFlights.DATASET;
        // The weather is that of the true days, and drifts.
        sources = sources.stream().filter(source -> !source.equals("weather")).toList();
      }
      Definitions definitions = DefinitionFiles.load(folder, Map.of("dataset", dataset));
      terminal.line("work folder " + work.path() + "; starting Kafka and the schema registry");
      CompletableFuture<RegistryServer> starting =
          CompletableFuture.supplyAsync(() -> RegistryServer.start(work, options.home()));
      try (KafkaBroker kafka = KafkaBroker.start(work, options.home());
          RegistryServer registry = join(starting);
          RedisServer redis =
              options.online() == OnlineChoice.REDIS
                  ? RedisServer.start(work, options.home())
                  : null) {
        Map<String, String> online = DemoStage.online(work, redis);
        terminal.line(
            "Kafka "
                + kafka.bootstrapServers()
                + ", registry "
                + registry.url()
                + (redis == null ? "" : ", Redis " + redis.address()));
        DemoStage stage =
            new DemoStage(
                work,
                folder,
                dataset,
                sources,
                definitions,
                kafka,
                registry,
                new ConfluentSchemaRegistry(registry.url(), Map.of()),
                online);
        runOn(stage, startedMs);
      }
    }
  }

  private void runOn(DemoStage stage, long startedMs)
      throws IOException, InterruptedException, TrainingException {
    ModelBundle first = new FirstModel(options, terminal, clock).of(stage);
    stage.requireTopics();
    if (!options.resume()) {
      RunFile.write(stage.work(), options);
    }
    try (JobProcess features = DemoJobs.start(stage, JobProcess.Kind.FEATURES, options);
        JobProcess monitor = DemoJobs.start(stage, JobProcess.Kind.MONITOR, options);
        WorkerProcess worker =
            options.retrain()
                ? WorkerProcess.start(stage.work(), options.home(), DemoJobs.workerArguments(stage))
                : null) {
      terminal.line(
          String.format(
              Locale.ROOT,
              "feature job runs, see %s; monitoring job runs, see %s; ready after %.1f s",
              features.page(),
              monitor.page(),
              (clock.millis() - startedMs) / 1000.0));
      play(stage, features, monitor, Optional.ofNullable(worker), first);
    }
  }

  private static RegistryServer join(CompletableFuture<RegistryServer> starting) {
    try {
      return starting.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private void play(
      DemoStage stage,
      JobProcess features,
      JobProcess monitor,
      Optional<WorkerProcess> worker,
      ModelBundle first)
      throws IOException, InterruptedException {
    ScoreBoard scores = new ScoreBoard(options.data().trainTo().toEpochMilli());
    LoopBoard loop = new LoopBoard();
    List<EventSource> sources =
        stage.definitions().sources().stream()
            .filter(source -> stage.sources().contains(source.name()))
            .toList();
    try (MergedHistory past =
            MergedHistory.open(sources, HistoryRange.all().first(options.events()));
        ScoreListener scoreListener = scoreListener(stage, scores).start();
        LoopListener loopListener =
            new LoopListener(
                    stage.kafka().bootstrapServers(),
                    stage.registry(),
                    DemoStage.TOPICS,
                    loop,
                    () -> scores.standing().newestRequestMs(),
                    terminal::line)
                .start();
        DemoServing serving =
            DemoServing.start(
                stage.definitions(),
                stage.online(),
                new ModelRepository(stage.work().folder("models")),
                () -> scores.standing().newestRequestMs())) {
      terminal.line(
          "features are served at "
              + serving.url()
              + " over REST and gRPC, and scores below /v2; see "
              + serving.page());
      long startedMs = clock.millis();
      FutureTask<ReplayResult> replay =
          new FutureTask<>(
              () ->
                  Replayer.of(stage.definitions(), past)
                      .sources(stage.sources())
                      .to(stage.kafka().bootstrapServers(), stage.registry())
                      .speed(options.speed())
                      .partitions(DemoStage.PARTITIONS)
                      .resuming(options.resume())
                      .holding(() -> options.retrain() && options.hold() && loop.isTraining())
                      .run());
      Thread sender = new Thread(replay, "replay");
      sender.setDaemon(true);
      sender.start();
      JobMetrics metrics =
          showUntilDone(replay, features, monitor, worker, scores, loop, startedMs);
      ReplayResult sent = result(replay);
      double seconds = (clock.millis() - startedMs) / 1000.0;
      settling(features).awaitCheckpoint(features.requireJobId(), CHECKPOINT_LIMIT);
      settling(monitor).awaitCheckpoint(monitor.requireJobId(), CHECKPOINT_LIMIT);
      DemoSummary summary =
          new DemoSummary(
              options.data(),
              stage.dataset(),
              stage.definitionFolder(),
              sent,
              metrics,
              seconds,
              scores.standing(),
              scores.byVersion(),
              first,
              stage.work().path());
      summary.lines().forEach(terminal::line);
      LoopReport report = LoopReport.of(options, scores.months(), loop);
      report.lines().forEach(terminal::line);
      terminal.line("  table and figure in " + report.write(stage.work().folder("report")));
      summary.toTry().forEach(terminal::line);
      terminal.line("  curl '" + serving.url() + "/v1/features/carrier?carrier=UA'");
      terminal.line(
          "  ./millrace parity --definitions "
              + stage.definitionFolder()
              + " --set dataset="
              + stage.dataset()
              + " --service "
              + DemoStage.SERVICE
              + " --store "
              + stage.work().path().resolve("offline")
              + " --follow --every PT10S --bootstrap "
              + stage.kafka().bootstrapServers()
              + " --registry "
              + stage.registryServer().url());
      if (options.exitWhenDone()) {
        features.rest().stop(features.requireJobId());
        monitor.rest().stop(monitor.requireJobId());
      } else {
        terminal.line("");
        terminal.line("Everything stays up; Ctrl-C ends it.");
        new CountDownLatch(1).await();
      }
    }
  }

  private Settling settling(JobProcess job) {
    return new Settling(clock, client, job.rest(), job.metricsPort());
  }

  private static ScoreListener scoreListener(DemoStage stage, ScoreBoard board) {
    Definitions definitions = stage.definitions();
    FeatureService service = definitions.service(DemoStage.SERVICE);
    EventSource labelSource = definitions.source(service.label().orElseThrow().source());
    return new ScoreListener(
        stage.kafka().bootstrapServers(),
        DemoStage.TOPICS.predictions(),
        new PredictionCodec(
            DemoStage.TOPICS.predictions(),
            VectorPlan.of(service, definitions).vectorSchema(),
            stage.registry()),
        labelSource,
        new EventCodec(labelSource, stage.registry()),
        service.label().orElseThrow(),
        new ModelRepository(stage.work().folder("models"))
            .load(DemoStage.MODEL, FirstModel.VERSION),
        board);
  }

  /** Shows the loop's progress until the feature job has taken in all that was sent. */
  private JobMetrics showUntilDone(
      FutureTask<ReplayResult> replay,
      JobProcess features,
      JobProcess monitor,
      Optional<WorkerProcess> worker,
      ScoreBoard board,
      LoopBoard loop,
      long startedMs)
      throws IOException, InterruptedException {
    long limitMs = clock.millis() + SETTLE_LIMIT.toMillis();
    long seen = -1;
    long seenAtMs = clock.millis();
    while (true) {
      JobMetrics metrics = JobMetrics.scrape(client, features.metricsPort());
      ScoreBoard.Standing standing = board.standing();
      terminal.progress(
          DemoSummary.progress(metrics, standing, clock.millis() - startedMs)
              + " | "
              + loop.progress());
      if (standing.predictions() != seen) {
        seen = standing.predictions();
        seenAtMs = clock.millis();
      }
      if (replay.isDone()) {
        ReplayResult sent = result(replay);
        long requests = sent.events().getOrDefault("scheduled", 0L);
        if (metrics.read() >= sent.total()
            && (seen >= requests - metrics.late() - metrics.dead()
                || clock.millis() - seenAtMs > QUIET.toMillis())) {
          return metrics;
        }
      }
      if (clock.millis() > limitMs) {
        throw new IOException(
            "the job has read " + metrics.read() + " records after " + SETTLE_LIMIT);
      }
      features.requireJobId();
      monitor.requireJobId();
      worker.ifPresent(WorkerProcess::requireAlive);
      TimeUnit.MILLISECONDS.sleep(1_000);
    }
  }

  private static ReplayResult result(FutureTask<ReplayResult> replay)
      throws IOException, InterruptedException {
    try {
      return replay.get(1, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IOException("the replay failed", e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("the replay was done, but gives no result", e);
    }
  }
}
