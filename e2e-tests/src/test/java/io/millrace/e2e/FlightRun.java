package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.inference.model.ModelRepository;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Snapshot;
import io.millrace.offline.snapshot.TableSnapshots;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.Millrace;
import io.millrace.server.platform.ChildProcess;
import io.millrace.server.platform.Jvm;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.PlatformException;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The feature job on recorded flights, in processes of their own: servers, model, job and store in
 * one folder.
 */
final class FlightRun implements AutoCloseable {
  static final String SERVICE = "delay_v1";
  static final String MODEL = "delay";

  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

  private final Path folder;
  private final String dataset;
  private final Duration disorder;
  private final Definitions definitions;
  private final WorkFolder work;
  private final KafkaBroker broker;
  private final RegistryServer registryServer;
  private final SchemaRegistry registry;
  private final ChildProcess job;

  private FlightRun(Path folder, String dataset, Duration disorder, Duration checkpoints)
      throws Exception {
    this.folder = folder;
    this.dataset = dataset;
    this.disorder = disorder;
    copyDefinitions();
    this.definitions = DefinitionFiles.load(definitionFolder(), Map.of("dataset", dataset));
    this.work = WorkFolder.open(folder.resolve("work"));
    this.broker = KafkaBroker.start(work, HOME);
    this.registryServer = RegistryServer.start(work, HOME);
    this.registry = new ConfluentSchemaRegistry(registryServer.url(), Map.of());
    List<String> topics =
        new ArrayList<>(definitions.sources().stream().map(EventSource::topic).toList());
    topics.add("predictions-" + SERVICE);
    Topics.require(broker.bootstrapServers(), topics, FlightFeed.PARTITIONS);
    train();
    this.job = startJob(checkpoints);
  }

  /**
   * @param dataset which flights
   * @param disorder how far events come out of order; the definitions say the same
   * @param checkpoints how often rows become visible
   */
  static FlightRun start(Path folder, String dataset, Duration disorder, Duration checkpoints)
      throws Exception {
    return new FlightRun(folder, dataset, disorder, checkpoints);
  }

  Path store() {
    return work.folder("offline");
  }

  Path definitionFolder() {
    return folder.resolve("definitions");
  }

  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  String registryUrl() {
    return registryServer.url();
  }

  String dataset() {
    return dataset;
  }

  /** Ends the job; the store stays. */
  void stopJob() {
    job.kill();
  }

  WorkFolder work() {
    return work;
  }

  /** What sends flights to the job. */
  FlightFeed feed(long seed) {
    return new FlightFeed(definitions, bootstrapServers(), registry, disorder, seed);
  }

  /** Waits until the store holds what was sent, and a prediction of each request. */
  void awaitStored(Map<String, Long> sent, Duration limit) {
    Map<String, Long> wanted = new TreeMap<>();
    sent.forEach((source, count) -> wanted.put("events/" + source, count));
    wanted.put("predictions/" + MODEL, sent.get(FlightFeed.REQUESTS));
    Set<String> predictions = Set.of("predictions/" + MODEL);
    try {
      // Predictions come last; the others are not looked at before.
      job.awaitReady(
          () ->
              wanted.entrySet().containsAll(rows(predictions).entrySet())
                  && rows(wanted.keySet()).equals(wanted),
          limit);
    } catch (PlatformException e) {
      throw new AssertionError("stored " + rows(wanted.keySet()) + " of " + wanted, e);
    }
  }

  private Map<String, Long> rows(Iterable<String> tables) {
    Map<String, Long> rows = new TreeMap<>();
    for (String table : tables) {
      rows.put(
          table,
          new TableSnapshots(new LocalStoreFiles(store().resolve(table)), InstantSource.system())
              .latest()
              .map(Snapshot::rows)
              .orElse(0L));
    }
    return rows;
  }

  @Override
  public void close() {
    try (WorkFolder folder = work;
        KafkaBroker kafka = broker;
        RegistryServer server = registryServer;
        ChildProcess process = job) {
      // Closes them all, the job first.
    }
  }

  /** The example's files, but that they say how much disorder there is. */
  private void copyDefinitions() throws IOException {
    Path flights = HOME.resolve("feature-definitions/flights");
    String wait = "disorder: " + disorder.toMinutes() + "m, lateness";
    try (Stream<Path> files = Files.walk(flights)) {
      for (Path file : files.filter(f -> f.toString().matches(".*\\.(yaml|avsc)")).toList()) {
        Path copy = definitionFolder().resolve(flights.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.writeString(
            copy,
            Files.readString(file)
                .replace("disorder: 0s, lateness", wait)
                .replace("path: \"data/", "path: \"" + flights.resolve("data") + "/")
                .replace("path: data/", "path: " + flights.resolve("data") + "/"));
      }
    }
  }

  private void train() {
    StringWriter said = new StringWriter();
    Path models = work.folder("models");
    int status =
        Millrace.run(
            new PrintWriter(said),
            new PrintWriter(said),
            "train",
            "--definitions",
            definitionFolder().toString(),
            "--set",
            "dataset=sfo2020",
            "--service",
            SERVICE,
            "--model",
            MODEL,
            "--models",
            models.toString(),
            "--sources",
            "scheduled,departed,arrived",
            "--from",
            "2020-01-08",
            "--to",
            "2020-01-20",
            "--evaluate-to",
            "2020-01-27");
    assertThat(status).as(said.toString()).isZero();
    new ModelRepository(models).promote(MODEL, 1);
  }

  private ChildProcess startJob(Duration checkpoints) {
    Path jobs = HOME.resolve("flink-jobs/target");
    List<String> command =
        List.of(
            Jvm.program(),
            "-Xmx2g",
            "-XX:+UseParallelGC",
            "-XX:MaxDirectMemorySize=512m",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "-Djava.io.tmpdir=" + work.folder("tmp"),
            "-Dlog4j2.configurationFile=" + HOME.resolve("deploy/log4j2-job.xml").toUri(),
            "-cp",
            jobs.resolve("classes") + ":" + Jvm.requireBuilt(jobs.resolve("lib")) + "/*",
            "io.millrace.jobs.FeatureJob",
            "--local",
            "true",
            "--definitions",
            definitionFolder().toString(),
            "--set.dataset",
            dataset,
            "--service",
            SERVICE,
            "--model",
            MODEL,
            "--models.path",
            work.folder("models").toString(),
            "--kafka.bootstrap-servers",
            broker.bootstrapServers(),
            "--registry.url",
            registryServer.url(),
            "--online.store",
            "rocksdb",
            "--online.path",
            work.folder("online").toString(),
            "--offline.path",
            store().toString(),
            "--checkpoints.path",
            work.folder("checkpoints").toString(),
            "--checkpoints.interval",
            checkpoints.toString(),
            "--source.alignment",
            "PT6H");
    return ChildProcess.start(work, "feature-job", command, Map.of("ORT_DISABLE_TELEMETRY", "1"));
  }
}
