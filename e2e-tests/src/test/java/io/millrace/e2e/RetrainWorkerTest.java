package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ModelControl.Op;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.feature.loop.RetrainStatus.Phase;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.train.ModelTrainer;
import io.millrace.inference.train.TrainerOptions;
import io.millrace.inference.train.TrainingListener;
import io.millrace.inference.train.TrainingRequest;
import io.millrace.inference.train.XgboostParams;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.offline.history.StoredHistory;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.training.TrainingSet;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.Millrace;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.Topics;
import io.millrace.server.retrain.Candidates;
import io.millrace.server.retrain.ControlTopic;
import io.millrace.server.retrain.LoopTopics;
import io.millrace.server.retrain.RepositoryGates;
import io.millrace.server.retrain.RetrainWorker;
import io.millrace.server.retrain.WorkerOptions;
import io.millrace.server.train.TrainingRows;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The worker on real topics and on flights of San Francisco; only the job is simulated. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RetrainWorkerTest {
  private static final Path HOME = Path.of("..");
  private static final String SERVICE = "delay_v1";
  private static final Instant RECORDED_UNTIL = Instant.parse("2020-01-24T00:00:00Z");
  private static final Instant LABELLED_UNTIL = Instant.parse("2020-01-22T00:00:00Z");
  private static final Instant HOLDOUT_FROM = Instant.parse("2020-01-17T00:00:00Z");
  private static final Instant START = Instant.parse("2020-01-03T00:00:00Z");

  @TempDir static Path temp;
  private static WorkFolder work;
  private static KafkaBroker broker;
  private static RegistryServer registryServer;
  private static SchemaRegistry registry;
  private static Definitions definitions;
  private static OfflineStore store;
  private static ModelRepository models;
  private static TrainingRows rows;

  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private WorkerOptions options =
      new WorkerOptions(
          temp.resolve("trainings"),
          Duration.ofDays(14),
          Duration.ofDays(5),
          500,
          100,
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofMinutes(2),
          1L << 30,
          Duration.ofSeconds(1));

  /** Where the worker's trainer is found, if not where this test's is. */
  private String trainerClassPath = System.getProperty("java.class.path");

  @BeforeAll
  static void start() throws Exception {
    work = WorkFolder.open(temp.resolve("platform"));
    broker = KafkaBroker.start(work, HOME);
    registryServer = RegistryServer.start(work, HOME);
    registry = new ConfluentSchemaRegistry(registryServer.url(), Map.of());
    Topics.require(
        broker.bootstrapServers(),
        List.of(
            LoopTopics.REQUESTS, LoopTopics.STATUS, LoopTopics.ACKS, LoopTopics.shadow(SERVICE)),
        1);
    definitions =
        DefinitionFiles.load(
            HOME.resolve("feature-definitions/flights"), Map.of("dataset", "sfo2020"));
    store = new OfflineStore(temp.resolve("offline"));
    models = new ModelRepository(temp.resolve("models"));
    record();
    TrainingSet set = TrainingSet.of(definitions, SERVICE, START, LABELLED_UNTIL);
    rows =
        TrainingRows.read(
            set,
            StoredHistory.open(store, set.sources(), HistoryRange.all()),
            HOLDOUT_FROM,
            unused -> {});
  }

  @AfterAll
  static void close() {
    try (WorkFolder folder = work;
        KafkaBroker kafka = broker;
        RegistryServer server = registryServer) {
      assertThat(folder).isNotNull();
    }
  }

  @Test
  void shouldOrderTheChangesOfTwoWritersTotally() throws Exception {
    String model = "contended";
    int each = 15;

    CompletableFuture<Integer> one = CompletableFuture.supplyAsync(() -> change(model, 2, each));
    CompletableFuture<Integer> other = CompletableFuture.supplyAsync(() -> change(model, 3, each));
    int staged = one.get() + other.get();

    List<ModelControl> obeyed = new ArrayList<>();
    long epoch = 0;
    for (ModelControl control : controls(model)) {
      if (control.epoch() > epoch) {
        obeyed.add(control);
        epoch = control.epoch();
      }
    }
    assertThat(staged).as("stagings that their writers believe in").isEqualTo(2 * each);
    assertThat(obeyed).as("without gaps").hasSize((int) epoch).hasSize(4 * each);
    for (int i = 0; i < obeyed.size(); i++) {
      assertThat(obeyed.get(i).op())
          .as("epoch %d: nobody stages over another's candidate", i + 1)
          .isEqualTo(i % 2 == 0 ? Op.STAGE : Op.ABORT);
    }
  }

  @Test
  void shouldTrainAndRollOutAModelThatIsBetter() throws Exception {
    String model = "better";
    weakChampion(model);
    request(model, "r1", LABELLED_UNTIL);

    try (SimulatedSubtasks job = job(model).start();
        Running worker = worker(model)) {
      worker.await("r1 ACTIVATED");

      assertThat(job.ops()).startsWith(Op.STAGE);
    }
    assertThat(phases(model))
        .containsExactly(
            Phase.ACCEPTED,
            Phase.TRAINING,
            Phase.TRAINING,
            Phase.VALIDATING,
            Phase.ROLLOUT,
            Phase.ACTIVATED);
    assertThat(statuses(model).get(5).detail())
        .contains("on average 0.100 from the champion's")
        .endsWith("served by all 2 subtasks, the slowest after 7 ms");
    assertThat(controls(model)).extracting(ModelControl::op).containsExactly(Op.STAGE, Op.ACTIVATE);
    assertThat(models.champion(model)).hasValue(2);
    assertThat(models.previous(model)).hasValue(1);
    assertThat(models.challenger(model)).as("no longer a challenger").isEmpty();
    assertThat(models.bundle(model, 2).lineage().toMs())
        .as("the holdout teaches nothing")
        .isLessThan(HOLDOUT_FROM.toEpochMilli());
  }

  @Test
  void shouldGoOnAfterBeingKilledWhileItTrainsAndWhileItRollsOut() throws Exception {
    String model = "killed";
    weakChampion(model);
    request(model, "r1", LABELLED_UNTIL);

    try (Running worker = worker(model)) {
      worker.await("training: tree");
    }
    try (SimulatedSubtasks job = job(model).withoutShadow().start()) {
      try (Running worker = worker(model)) {
        worker.await("loaded by all 2 subtasks");
      }
      job.shadow();
      try (Running worker = worker(model)) {
        worker.await("r1 ACTIVATED");
      }
    }
    try (Running worker = worker(model)) {
      worker.await("waits for requests");
      request(model, "r1", LABELLED_UNTIL);
      request(model, "r2", LABELLED_UNTIL);
      worker.await("r2 REJECTED");
    }

    assertThat(models.versions(model)).as("one candidate").containsExactly(1, 2);
    assertThat(controls(model)).extracting(ModelControl::op).containsExactly(Op.STAGE, Op.ACTIVATE);
    assertThat(statuses(model).stream().filter(status -> status.requestId().equals("r1")))
        .filteredOn(status -> status.phase().isEnd())
        .as("one end, though it was asked for twice")
        .hasSize(1);
    assertThat(statuses(model).get(statuses(model).size() - 1).detail())
        .isEqualTo("it is about version 1, but version 2 serves by now");
    assertThat(temp.resolve("trainings")).as("leftovers").isEmptyDirectory();
  }

  @Test
  void shouldKeepTheChampionWhenASubtaskCannotLoadTheCandidate() throws Exception {
    String model = "unloadable";
    weakChampion(model);
    request(model, "r1", LABELLED_UNTIL);

    try (SimulatedSubtasks job = job(model).unableToLoad().start();
        Running worker = worker(model)) {
      worker.await("r1 REJECTED");
    }

    assertThat(statuses(model).get(statuses(model).size() - 1).detail())
        .isEqualTo("subtask 1 could not take version 2: model.onnx was changed or damaged");
    assertThat(controls(model)).extracting(ModelControl::op).containsExactly(Op.STAGE, Op.ABORT);
    assertThat(models.champion(model)).hasValue(1);
  }

  @Test
  void shouldRejectAModelThatIsWorse() throws Exception {
    String model = "worse";
    champion(model, rows(rows.training(), rows.evaluation()), 200);
    options = withWindow(Duration.ofDays(1), 100);
    request(model, "r1", LABELLED_UNTIL);

    try (Running worker = worker(model)) {
      worker.await("r1 REJECTED");
    }

    assertThat(statuses(model).get(statuses(model).size() - 1).detail())
        .startsWith("holdout: log-loss +")
        .contains("required is log-loss at most +0.0020 at its upper end");
    assertThat(controls(model)).as("the job hears nothing of it").isEmpty();
    assertThat(models.champion(model)).hasValue(1);
  }

  @Test
  void shouldRollBackByItselfWhenASubtaskDoesNotServeTheNewVersionInTime() throws Exception {
    String model = "unswapped";
    weakChampion(model);
    options = withAckTimeout(Duration.ofSeconds(4));
    request(model, "r1", LABELLED_UNTIL);

    try (SimulatedSubtasks job = job(model).hangingInTheSwap().start();
        Running worker = worker(model)) {
      worker.await("r1 REJECTED");
    }

    assertThat(lastDetail(model))
        .isEqualTo(
            "version 1 serves again: 1 of 2 subtasks answered to ACTIVATE of epoch 2 within PT4S");
    assertThat(controls(model))
        .extracting(ModelControl::op)
        .containsExactly(Op.STAGE, Op.ACTIVATE, Op.ROLLBACK);
    assertThat(models.champion(model)).hasValue(1);
  }

  @Test
  void shouldReachOverAGapInTheData() throws Exception {
    String model = "gap";
    weakChampion(model);
    options = withWindow(Duration.ofDays(10), 500);
    // Nothing is recorded in the year before: the days with data are those of January 2020.
    request(model, "r1", Instant.parse("2021-01-22T00:00:00Z"));

    try (SimulatedSubtasks job = job(model).start();
        Running worker = worker(model)) {
      worker.await("waits at most PT1S for the recorded events, which end on 2020-01-23");
      worker.await("version 2 is saved");
    }
    assertThat(models.bundle(model, 2).lineage().toMs())
        .isLessThan(RECORDED_UNTIL.minus(options.holdout()).toEpochMilli());
  }

  @Test
  void shouldKeepTheChampionAndSayWhyWhenTheTrainerHangs() throws Exception {
    options = withTrainerTimeout(Duration.ofSeconds(3));
    String detail = failureOf("hanging", "while (true) Thread.sleep(1000);");
    assertThat(detail).contains("the trainer was stopped after PT3S");
  }

  @Test
  void shouldKeepTheChampionAndSayWhyWhenTheTrainerExitsWithOne() throws Exception {
    String detail = failureOf("exiting", "System.out.println(\"out of luck\"); System.exit(1);");
    assertThat(detail).contains("the trainer ended with code 1").contains("out of luck");
  }

  @Test
  void shouldKeepTheChampionAndSayWhyWhenTheTrainerFillsItsQuota() throws Exception {
    options = withDiskQuota(64L << 20);
    String detail =
        failureOf(
            "filling",
            "java.nio.file.Path file = java.nio.file.Path.of(args[1], \"checkpoints.bin\");"
                + " byte[] block = new byte[1 << 20];"
                + " while (true) { java.nio.file.Files.write(file, block,"
                + " java.nio.file.StandardOpenOption.CREATE,"
                + " java.nio.file.StandardOpenOption.APPEND); Thread.sleep(10); }");
    assertThat(detail).contains("above the disk quota of 67,108,864");
  }

  @Test
  void shouldKeepTheChampionAndSayWhyWhenLabelsNeverCome() throws Exception {
    String model = "unlabelled";
    weakChampion(model);
    request(model, "r1", Instant.parse("2019-12-01T00:00:00Z"));

    try (Running worker = worker(model)) {
      worker.await("r1 FAILED");
    }

    assertThat(lastDetail(model))
        .contains("there are 0 labelled requests in [2019-11-12T00:00:00Z")
        .contains("but 500 and 50 are needed");
    assertServesOn(model);
  }

  @Test
  void shouldTrainByHandWhatIsAskedForByHandAndOnlyOnce() throws Exception {
    String model = "byhand";
    weakChampion(model);
    String[] command = {
      "retrain",
      "--models",
      models.root().toString(),
      "--model",
      model,
      "--bootstrap",
      broker.bootstrapServers(),
      "--registry",
      registryServer.url(),
      "--json",
      "--reason",
      "the feed is gone",
      "--labels-until",
      LABELLED_UNTIL.toString()
    };
    StringWriter out = new StringWriter();
    assertThat(Millrace.run(new PrintWriter(out), new PrintWriter(out), command))
        .as(out.toString())
        .isZero();
    assertThat(out.toString()).contains("\"reason\":\"manual: the feed is gone\"");

    StringWriter again = new StringWriter();
    assertThat(Millrace.run(new PrintWriter(again), new PrintWriter(again), command)).isEqualTo(1);
    assertThat(again.toString()).contains("is under way (no worker took it yet)");

    try (SimulatedSubtasks job = job(model).start();
        Running worker = worker(model)) {
      worker.await(" ACTIVATED");
    }
    assertThat(models.champion(model)).hasValue(2);
    assertThat(models.bundle(model, 2).lineage().requestId()).startsWith("byhand-manual-");
  }

  /** What became of a request whose trainer is a process that does this in place of training. */
  private String failureOf(String model, String body) throws Exception {
    weakChampion(model);
    Path folder = Files.createDirectories(temp.resolve("trainer-" + model));
    Path source = folder.resolve("XgboostProcess.java");
    Files.writeString(
        source,
        "package io.millrace.inference.train; public final class XgboostProcess {"
            + " public static void main(String[] args) throws Exception { "
            + body
            + " } }");
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", folder.toString(), source.toString()))
        .isZero();
    trainerClassPath = folder.toString();
    request(model, "r1", LABELLED_UNTIL);
    try (Running worker = worker(model)) {
      worker.await("r1 FAILED");
    }
    assertServesOn(model);
    return lastDetail(model);
  }

  private static void assertServesOn(String model) throws Exception {
    assertThat(models.champion(model)).hasValue(1);
    assertThat(models.versions(model)).as("nothing half made").containsExactly(1);
    assertThat(controls(model)).as("the job hears nothing of it").isEmpty();
    assertThat(Files.createDirectories(temp.resolve("trainings")))
        .as("leftovers")
        .isEmptyDirectory();
  }

  private static String lastDetail(String model) throws Exception {
    List<RetrainStatus> all = statuses(model);
    return all.get(all.size() - 1).detail();
  }

  /** A worker in a thread; closing it is as SIGTERM is to the process. */
  private final class Running implements AutoCloseable {
    private final Thread thread;

    private Running(RetrainWorker worker) {
      lines.clear();
      thread =
          new Thread(
              () -> {
                try {
                  worker.run();
                } catch (InterruptedException e) {
                  // Asked to end.
                }
              },
              "worker");
      thread.start();
    }

    private void await(String words) throws InterruptedException {
      List<String> heard = new ArrayList<>();
      while (true) {
        String line = lines.poll(60, TimeUnit.SECONDS);
        assertThat(line).as("a line with '%s' after %s", words, heard).isNotNull();
        heard.add(line);
        if (line.contains(words)) {
          return;
        }
      }
    }

    @Override
    public void close() throws InterruptedException {
      thread.interrupt();
      thread.join(10_000);
      assertThat(thread.isAlive()).as("the worker has ended").isFalse();
      assertThat(ProcessHandle.current().children().map(ProcessHandle::pid).toList())
          .as("the servers alone are left")
          .containsExactlyInAnyOrder(broker.process().pid(), registryServer.process().pid());
    }
  }

  private Running worker(String model) {
    InstantSource clock = InstantSource.system();
    Candidates candidates =
        new Candidates(
            definitions,
            SERVICE,
            model,
            models,
            store,
            options,
            trainer -> trainer.withClassPath(trainerClassPath),
            clock);
    return new Running(
        new RetrainWorker(
            new LoopTopics(broker.bootstrapServers(), registry),
            candidates,
            new RepositoryGates(models),
            options,
            clock,
            lines::add));
  }

  private static SimulatedSubtasks job(String model) {
    return new SimulatedSubtasks(broker.bootstrapServers(), registry, SERVICE, model);
  }

  /** Stages and aborts in turns; a change that another's candidate forbids is tried again. */
  private static int change(String model, int candidate, int times) {
    int staged = 0;
    try (ControlTopic control =
        ControlTopic.open(broker.bootstrapServers(), registry, InstantSource.system())) {
      while (staged < times) {
        ModelControl mine;
        try {
          mine = control.stage(model, 1, candidate, "try " + staged);
        } catch (RuntimeException e) {
          assertThat(e).hasMessageContaining("abort that one first");
          continue;
        }
        staged++;
        control.abort(model, mine.epoch(), "enough");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return staged;
  }

  private WorkerOptions withWindow(Duration window, long minimumRows) {
    return new WorkerOptions(
        options.workFolder(),
        window,
        options.holdout(),
        minimumRows,
        options.shadowScores(),
        options.ackTimeout(),
        options.shadowTimeout(),
        options.trainerTimeout(),
        options.diskQuotaBytes(),
        options.recordTimeout());
  }

  private WorkerOptions withAckTimeout(Duration timeout) {
    return new WorkerOptions(
        options.workFolder(),
        options.window(),
        options.holdout(),
        options.minimumRows(),
        options.shadowScores(),
        timeout,
        options.shadowTimeout(),
        options.trainerTimeout(),
        options.diskQuotaBytes(),
        options.recordTimeout());
  }

  private WorkerOptions withDiskQuota(long bytes) {
    return new WorkerOptions(
        options.workFolder(),
        options.window(),
        options.holdout(),
        options.minimumRows(),
        options.shadowScores(),
        options.ackTimeout(),
        options.shadowTimeout(),
        options.trainerTimeout(),
        bytes,
        options.recordTimeout());
  }

  private WorkerOptions withTrainerTimeout(Duration timeout) {
    return new WorkerOptions(
        options.workFolder(),
        options.window(),
        options.holdout(),
        options.minimumRows(),
        options.shadowScores(),
        options.ackTimeout(),
        options.shadowTimeout(),
        timeout,
        options.diskQuotaBytes(),
        options.recordTimeout());
  }

  /** What a job would have recorded of the first weeks of 2020. */
  private static void record() throws Exception {
    Map<Path, ParquetRowWriter<Known<Event>>> writers = new HashMap<>();
    Map<String, OfflineTable<Known<Event>>> tables = new HashMap<>();
    List<EventSource> sources =
        definitions.sources().stream()
            .filter(source -> Set.of("scheduled", "departed", "arrived").contains(source.name()))
            .toList();
    sources.forEach(source -> tables.put(source.name(), OfflineTables.events(source)));
    try (MergedHistory past =
        MergedHistory.open(sources, HistoryRange.all().until(RECORDED_UNTIL))) {
      while (past.hasNext()) {
        Known<Event> known = new Known<>(past.next(), 1);
        OfflineTable<Known<Event>> table = tables.get(known.value().source());
        Path file = store.partition(table, known).resolve("part.parquet");
        if (!writers.containsKey(file)) {
          Files.createDirectories(file.getParent());
          writers.put(file, ParquetRowWriter.open(table, file));
        }
        writers.get(file).write(known);
      }
    }
    for (ParquetRowWriter<Known<Event>> writer : writers.values()) {
      writer.close();
    }
  }

  private static void weakChampion(String model) throws Exception {
    champion(model, rows.training().subList(0, 500), 2);
  }

  private static void champion(String model, List<TrainingRow> training, int rounds)
      throws Exception {
    TrainingRequest request =
        TrainingRequest.of(model, SERVICE, rows.schema(), training, rows.evaluation())
            .withParams(XgboostParams.defaults().withRounds(rounds));
    TrainerOptions trainer = TrainerOptions.inFolder(temp.resolve("champions"));
    int version =
        new ModelTrainer(trainer, models, InstantSource.system())
            .train(request, TrainingListener.SILENT)
            .version();
    models.promote(model, version);
  }

  private static List<TrainingRow> rows(List<TrainingRow> some, List<TrainingRow> others) {
    List<TrainingRow> all = new ArrayList<>(some);
    all.addAll(others);
    return all;
  }

  private static void request(String model, String id, Instant labelsCompleteUntil)
      throws Exception {
    RetrainRequest request =
        new RetrainRequest(
            id,
            model,
            SERVICE,
            1,
            labelsCompleteUntil.plus(Duration.ofDays(2)).toEpochMilli(),
            labelsCompleteUntil.toEpochMilli(),
            "asked for by a test",
            List.of());
    byte[] value =
        new LoopCodec<>(LoopTopics.REQUESTS, LoopRecords.RETRAIN_REQUEST, registry).encode(request);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer
          .send(
              new ProducerRecord<>(
                  LoopTopics.REQUESTS, model.getBytes(StandardCharsets.UTF_8), value))
          .get();
    }
  }

  private static List<Phase> phases(String model) throws Exception {
    return statuses(model).stream().map(RetrainStatus::phase).toList();
  }

  private static List<RetrainStatus> statuses(String model) throws Exception {
    LoopCodec<RetrainStatus> codec =
        new LoopCodec<>(LoopTopics.STATUS, LoopRecords.RETRAIN_STATUS, registry);
    List<RetrainStatus> found = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> message :
        KafkaLog.read(broker.bootstrapServers(), LoopTopics.STATUS)) {
      RetrainStatus status = codec.decode(message.value());
      if (status.model().equals(model)) {
        found.add(status);
      }
    }
    return found;
  }

  private static List<ModelControl> controls(String model) throws Exception {
    LoopCodec<ModelControl> codec =
        new LoopCodec<>(ControlTopic.TOPIC, LoopRecords.MODEL_CONTROL, registry);
    List<ModelControl> found = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> message :
        KafkaLog.read(broker.bootstrapServers(), ControlTopic.TOPIC)) {
      ModelControl control = codec.decode(message.value());
      if (control.model().equals(model)) {
        found.add(control);
      }
    }
    return found;
  }
}
