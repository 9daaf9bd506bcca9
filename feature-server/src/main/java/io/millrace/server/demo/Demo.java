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
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.ReplayResult;
import io.millrace.server.replay.Replayer;
import io.millrace.server.replay.Topics;
import io.millrace.server.train.ModelTraining;
import io.millrace.server.train.TrainingReport;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The whole walk, live: servers, model, job, replay, and what came of it. Every run begins with an
 * empty Kafka and empty stores; a model that was trained before is kept.
 */
public final class Demo {
  private static final String SERVICE = "delay_v1";
  private static final String MODEL = "delay";
  private static final String PREDICTIONS = "predictions-" + SERVICE;
  private static final int PARTITIONS = 2;
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
    Definitions definitions =
        DefinitionFiles.load(options.definitions(), Map.of("dataset", options.data().dataset()));
    try (WorkFolder work = WorkFolder.open(options.workDir())) {
      for (String emptied : List.of("kafka", "online", "offline", "checkpoints", "tmp", "logs")) {
        work.clear(emptied);
      }
      terminal.line("work folder " + work.path() + "; starting Kafka and the schema registry");
      CompletableFuture<RegistryServer> starting =
          CompletableFuture.supplyAsync(() -> RegistryServer.start(work, options.home()));
      try (KafkaBroker kafka = KafkaBroker.start(work, options.home());
          RegistryServer registry = join(starting)) {
        terminal.line("Kafka " + kafka.bootstrapServers() + ", registry " + registry.url());
        ModelBundle model = modelOf(definitions, work);
        Topics.require(kafka.bootstrapServers(), topics(definitions), PARTITIONS);
        try (JobProcess job =
            JobProcess.start(work, options.home(), jobArguments(work, kafka, registry))) {
          terminal.line(
              String.format(
                  Locale.ROOT,
                  "feature job runs, see %s; ready after %.1f s",
                  job.page(),
                  (clock.millis() - startedMs) / 1000.0));
          play(definitions, work, kafka, registry, job, model);
        }
      }
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

  private static List<String> topics(Definitions definitions) {
    List<String> topics =
        new java.util.ArrayList<>(definitions.sources().stream().map(EventSource::topic).toList());
    topics.add(PREDICTIONS);
    return topics;
  }

  private ModelBundle modelOf(Definitions definitions, WorkFolder work)
      throws IOException, InterruptedException, TrainingException {
    Path models = work.folder("models");
    ModelRepository repository = new ModelRepository(models);
    String hash = definitions.hash();
    if (repository.latest(MODEL).isPresent()) {
      ModelBundle known = repository.bundle(MODEL, repository.latest(MODEL).getAsInt());
      if (known.lineage().definitionsHash().equals(hash)) {
        terminal.line("model " + MODEL + " version " + known.version() + " from an earlier run");
        return known;
      }
    }
    DemoData data = options.data();
    terminal.line(
        "training the model on the requests from " + data.trainFrom() + " to " + data.trainTo());
    ModelTraining training =
        new ModelTraining(
            definitions,
            hash,
            SERVICE,
            data.sources(),
            MODEL,
            data.trainFrom(),
            data.trainTo(),
            data.evaluateTo());
    ModelTraining.Trained trained =
        training.run(
            models,
            work.folder("training"),
            events ->
                terminal.progress(
                    String.format(Locale.ROOT, "training set: %,d events read", events)),
            progress(),
            clock);
    TrainingReport.of(trained).lines().forEach(terminal::line);
    return trained.bundle();
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

  private List<String> jobArguments(WorkFolder work, KafkaBroker kafka, RegistryServer registry) {
    return List.of(
        "--definitions", options.definitions().toAbsolutePath().toString(),
        "--set.dataset", options.data().dataset(),
        "--service", SERVICE,
        "--kafka.bootstrap-servers", kafka.bootstrapServers(),
        "--registry.url", registry.url(),
        "--predictions.topic", PREDICTIONS,
        "--online.path", work.folder("online").toString(),
        "--offline.path", work.folder("offline").toString(),
        "--models.path", work.folder("models").toString(),
        "--model", MODEL,
        "--checkpoints.path", work.folder("checkpoints").toString(),
        "--checkpoints.interval", "PT10S",
        "--source.alignment", options.data().alignment().toString());
  }

  private void play(
      Definitions definitions,
      WorkFolder work,
      KafkaBroker kafka,
      RegistryServer registryServer,
      JobProcess job,
      ModelBundle model)
      throws IOException, InterruptedException {
    SchemaRegistry registry = new ConfluentSchemaRegistry(registryServer.url(), Map.of());
    ScoreBoard board = new ScoreBoard(options.data().trainTo().toEpochMilli());
    Settling settling = new Settling(clock, client, job.rest(), job.metricsPort());
    List<EventSource> sources =
        definitions.sources().stream()
            .filter(source -> options.data().sources().contains(source.name()))
            .toList();
    try (MergedHistory past =
            MergedHistory.open(sources, HistoryRange.all().first(options.events()));
        ScoreListener listener = listener(definitions, kafka, registry, board).start()) {
      long startedMs = clock.millis();
      FutureTask<ReplayResult> replay =
          new FutureTask<>(
              () ->
                  Replayer.of(definitions, past)
                      .sources(options.data().sources())
                      .to(kafka.bootstrapServers(), registry)
                      .speed(options.speed())
                      .partitions(PARTITIONS)
                      .run());
      Thread sender = new Thread(replay, "replay");
      sender.setDaemon(true);
      sender.start();
      JobMetrics metrics = showUntilDone(replay, job, board, startedMs);
      ReplayResult sent = result(replay);
      double seconds = (clock.millis() - startedMs) / 1000.0;
      settling.awaitCheckpoint(job.requireJobId(), CHECKPOINT_LIMIT);
      DemoSummary summary =
          new DemoSummary(
              options.data(), sent, metrics, seconds, board.standing(), model, work.path());
      summary.lines().forEach(terminal::line);
      if (options.exitWhenDone()) {
        job.rest().stop(job.requireJobId());
      } else {
        terminal.line("");
        terminal.line("Everything stays up; Ctrl-C ends it.");
        new java.util.concurrent.CountDownLatch(1).await();
      }
    }
  }

  private static ScoreListener listener(
      Definitions definitions, KafkaBroker kafka, SchemaRegistry registry, ScoreBoard board) {
    FeatureService service = definitions.service(SERVICE);
    EventSource labelSource = definitions.source(service.label().orElseThrow().source());
    return new ScoreListener(
        kafka.bootstrapServers(),
        PREDICTIONS,
        new PredictionCodec(
            PREDICTIONS, VectorPlan.of(service, definitions).vectorSchema(), registry),
        labelSource,
        new EventCodec(labelSource, registry),
        service.label().orElseThrow(),
        board);
  }

  /** Shows the job's progress until it has taken in all that was sent. */
  private JobMetrics showUntilDone(
      FutureTask<ReplayResult> replay, JobProcess job, ScoreBoard board, long startedMs)
      throws IOException, InterruptedException {
    long limitMs = clock.millis() + SETTLE_LIMIT.toMillis();
    long requests = -1;
    long seen = -1;
    long seenAtMs = clock.millis();
    while (true) {
      JobMetrics metrics = JobMetrics.scrape(client, job.metricsPort());
      ScoreBoard.Standing standing = board.standing();
      terminal.progress(DemoSummary.progress(metrics, standing, clock.millis() - startedMs));
      if (standing.predictions() != seen) {
        seen = standing.predictions();
        seenAtMs = clock.millis();
      }
      if (replay.isDone()) {
        ReplayResult sent = result(replay);
        requests = sent.events().getOrDefault("scheduled", 0L);
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
      job.requireJobId();
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
