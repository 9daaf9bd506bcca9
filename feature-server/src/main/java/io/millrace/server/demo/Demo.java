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
import io.millrace.inference.train.TrainingListener;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.EventCodec;
import io.millrace.schema.PredictionCodec;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.Terminal;
import io.millrace.server.job.Checkpoints;
import io.millrace.server.job.JobMetrics;
import io.millrace.server.job.JobProcess;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RedisServer;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.ReplayResult;
import io.millrace.server.replay.Replayer;
import io.millrace.server.replay.Topics;
import io.millrace.server.train.ModelTraining;
import io.millrace.server.train.TrainingReport;
import java.io.IOException;
import java.io.Writer;
import java.net.http.HttpClient;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
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
  private static final String SERVICE = "delay_v1";
  private static final String MODEL = "delay";
  private static final LoopTopics TOPICS = LoopTopics.of(SERVICE);
  private static final int PARTITIONS = 2;
  private static final int FIRST = 1;
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

  /** What a run has once its servers are up. */
  private record Stage(
      WorkFolder work,
      Path definitionFolder,
      String dataset,
      List<String> sources,
      Definitions definitions,
      KafkaBroker kafka,
      RegistryServer registryServer,
      SchemaRegistry registry,
      Map<String, String> online) {}

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
        Map<String, String> online = online(work, redis);
        terminal.line(
            "Kafka "
                + kafka.bootstrapServers()
                + ", registry "
                + registry.url()
                + (redis == null ? "" : ", Redis " + redis.address()));
        Stage stage =
            new Stage(
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

  /** The settings of the online store, kept for those who read it. */
  private static Map<String, String> online(WorkFolder work, RedisServer redis) throws IOException {
    Map<String, String> settings = new TreeMap<>();
    if (redis == null) {
      settings.put("online.store", "rocksdb");
      settings.put("online.path", work.folder("online").toString());
    } else {
      settings.put("online.store", "redis");
      settings.put("online.redis.nodes", redis.address());
    }
    Properties properties = new Properties();
    properties.putAll(settings);
    try (Writer file = Files.newBufferedWriter(work.path().resolve("online.properties"))) {
      properties.store(file, null);
    }
    return settings;
  }

  private void runOn(Stage stage, long startedMs)
      throws IOException, InterruptedException, TrainingException {
    ModelBundle first = firstModel(stage);
    requireTopics(stage);
    if (!options.resume()) {
      RunFile.write(stage.work(), options);
    }
    try (JobProcess features = job(stage, JobProcess.Kind.FEATURES);
        JobProcess monitor = job(stage, JobProcess.Kind.MONITOR);
        WorkerProcess worker =
            options.retrain()
                ? WorkerProcess.start(stage.work(), options.home(), workerArguments(stage))
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

  private static void requireTopics(Stage stage) throws InterruptedException {
    String bootstrap = stage.kafka().bootstrapServers();
    List<String> partitioned =
        new ArrayList<>(stage.definitions().sources().stream().map(EventSource::topic).toList());
    partitioned.addAll(TOPICS.partitioned());
    Topics.require(bootstrap, partitioned, PARTITIONS);
    Topics.require(bootstrap, TOPICS.single(), 1);
    Topics.requireCompacted(bootstrap, TOPICS.control());
  }

  /** The first model: trained now, or by an earlier run from the same definitions. */
  private ModelBundle firstModel(Stage stage)
      throws IOException, InterruptedException, TrainingException {
    Path models = stage.work().folder("models");
    ModelRepository repository = new ModelRepository(models);
    String hash = stage.definitions().hash();
    if (repository.versions(MODEL).contains(FIRST)) {
      ModelBundle known = repository.bundle(MODEL, FIRST);
      if (options.resume()) {
        return known;
      }
      if (known.lineage().definitionsHash().equals(hash)
          && repository.profile(MODEL, FIRST).isPresent()) {
        forgetLater(stage.work(), models);
        repository.promote(MODEL, FIRST);
        terminal.line("model " + MODEL + " version " + FIRST + " from an earlier run");
        return known;
      }
      stage.work().clear("models");
    }
    DemoData data = options.data();
    terminal.line(
        "training the model on the requests from " + data.trainFrom() + " to " + data.trainTo());
    ModelTraining training =
        new ModelTraining(
            stage.definitions(),
            hash,
            SERVICE,
            stage.sources(),
            MODEL,
            data.trainFrom(),
            data.trainTo(),
            data.evaluateTo());
    ModelTraining.Trained trained =
        training.run(
            models,
            stage.work().folder("training"),
            events ->
                terminal.progress(
                    String.format(Locale.ROOT, "training set: %,d events read", events)),
            progress(),
            clock);
    TrainingReport.of(trained).lines().forEach(terminal::line);
    repository.promote(MODEL, trained.bundle().version());
    return trained.bundle();
  }

  /** A new run begins with the first model alone; what earlier runs made of it goes. */
  private static void forgetLater(WorkFolder work, Path models) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(models.resolve(MODEL))) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (Files.isRegularFile(file)) {
          Files.delete(file);
        } else if (!name.equals(Integer.toString(FIRST))) {
          work.clear("models/" + MODEL + "/" + name);
        }
      }
    }
  }

  private TrainingListener progress() {
    return new TrainingListener() {
      @Override
      public void step(String name) {
        terminal.progress("training: " + name);
      }

      @Override
      public void round(int round, int rounds, double logLoss, double auc) {
        terminal.progress(
            String.format(
                Locale.ROOT, "training: tree %d of at most %d, AUC %.4f", round, rounds, auc));
      }
    };
  }

  private JobProcess job(Stage stage, JobProcess.Kind kind) {
    WorkFolder work = stage.work();
    boolean monitor = kind == JobProcess.Kind.MONITOR;
    Path checkpoints = work.folder("checkpoints").resolve(monitor ? "monitor" : "features");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--definitions", stage.definitionFolder().toAbsolutePath().toString(),
                "--set.dataset", stage.dataset(),
                "--service", SERVICE,
                "--kafka.bootstrap-servers", stage.kafka().bootstrapServers(),
                "--registry.url", stage.registryServer().url(),
                "--predictions.topic", TOPICS.predictions(),
                "--offline.path", work.folder("offline").toString(),
                "--models.path", work.folder("models").toString(),
                "--checkpoints.path", checkpoints.toString(),
                "--checkpoints.interval", monitor ? "PT1S" : "PT3S",
                "--source.alignment", options.data().alignment().toString()));
    if (monitor) {
      // The weather of 2017 is not in the data and will not come: that much may be said beforehand.
      arguments.addAll(List.of("--policy.accept-incidents-after", "4"));
    } else {
      arguments.addAll(List.of("--model", MODEL));
      stage.online().forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
    }
    Checkpoints.newest(checkpoints)
        .ifPresent(newest -> arguments.addAll(List.of("--checkpoints.restore", newest.toString())));
    return JobProcess.start(kind, work, options.home(), arguments);
  }

  private List<String> workerArguments(Stage stage) {
    WorkFolder work = stage.work();
    return List.of(
        "--definitions",
        stage.definitionFolder().toAbsolutePath().toString(),
        "--set",
        "dataset=" + stage.dataset(),
        "--service",
        SERVICE,
        "--model",
        MODEL,
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

  private void play(
      Stage stage,
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
                    TOPICS,
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
                      .partitions(PARTITIONS)
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
              + SERVICE
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

  private static ScoreListener scoreListener(Stage stage, ScoreBoard board) {
    Definitions definitions = stage.definitions();
    FeatureService service = definitions.service(SERVICE);
    EventSource labelSource = definitions.source(service.label().orElseThrow().source());
    return new ScoreListener(
        stage.kafka().bootstrapServers(),
        TOPICS.predictions(),
        new PredictionCodec(
            TOPICS.predictions(),
            VectorPlan.of(service, definitions).vectorSchema(),
            stage.registry()),
        labelSource,
        new EventCodec(labelSource, stage.registry()),
        service.label().orElseThrow(),
        new ModelRepository(stage.work().folder("models")).load(MODEL, FIRST),
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
