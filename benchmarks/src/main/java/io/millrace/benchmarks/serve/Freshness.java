package io.millrace.benchmarks.serve;

import io.millrace.feature.EventSource;
import io.millrace.feature.Values;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.EventCodec;
import io.millrace.server.platform.ChildProcess;
import io.millrace.server.platform.FreePorts;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How long after an event was given to Kafka's producer the server answers with what the event
 * changed. Broker, schema registry and feature job are processes of their own. Payments come in a
 * Poisson process; now and then one is of a card that nobody has heard of, and the server is asked
 * for it until it knows it. The instant that counts is that of the answer.
 */
final class Freshness implements AutoCloseable {
  private static final int PARTITIONS = 2;
  private static final long START_LIMIT_S = 120;
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long HIGHEST_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final WorkFolder work;
  private final KafkaBroker kafka;
  private final RegistryServer registry;
  private final ChildProcess job;
  private final EventSource source;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Thread flow;
  private final AtomicReference<Probe> due = new AtomicReference<>();
  private final double rate;
  private volatile boolean ended;
  private volatile Exception fault;
  private int probes;

  private record Probe(String card, CompletableFuture<Long> sentNanos) {}

  /**
   * Starts all of it and the flow of payments.
   *
   * @param definitions the folder of the definition files
   * @param rate payments a second
   */
  static Freshness start(Path definitions, EventSource source, int redisPort, double rate)
      throws InterruptedException {
    Path home = Path.of(System.getProperty("millrace.home", "."));
    WorkFolder work = WorkFolder.open(definitions.resolveSibling("freshness"));
    KafkaBroker kafka = null;
    RegistryServer registry = null;
    try {
      kafka = KafkaBroker.start(work, home);
      registry = RegistryServer.start(work, home);
      Topics.require(kafka.bootstrapServers(), List.of(source.topic()), PARTITIONS);
      ChildProcess job = job(work, home, definitions, kafka, registry, redisPort);
      return new Freshness(work, kafka, registry, job, source, rate);
    } catch (RuntimeException | InterruptedException e) {
      closeAll(registry, kafka, work);
      throw e;
    }
  }

  private Freshness(
      WorkFolder work,
      KafkaBroker kafka,
      RegistryServer registry,
      ChildProcess job,
      EventSource source,
      double rate) {
    this.work = work;
    this.kafka = kafka;
    this.registry = registry;
    this.job = job;
    this.source = source;
    this.rate = rate;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.LINGER_MS_CONFIG,
                0),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.flow = new Thread(this::flow, "payments");
    flow.setDaemon(true);
    flow.start();
  }

  private static ChildProcess job(
      WorkFolder work,
      Path home,
      Path definitions,
      KafkaBroker kafka,
      RegistryServer registry,
      int redisPort) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms256m",
                "-Xmx1g",
                "-XX:+UseParallelGC",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + work.folder("tmp"),
                "-Dlog4j2.configurationFile="
                    + home.toAbsolutePath().resolve("deploy/log4j2-job.xml").toUri(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.millrace.jobs.FeatureJob"));
    command.addAll(
        List.of(
            "--definitions", definitions.toString(),
            "--service", Workload.SERVICE,
            "--kafka.bootstrap-servers", kafka.bootstrapServers(),
            "--registry.url", registry.url(),
            "--online.store", "redis",
            "--online.redis.nodes", "127.0.0.1:" + redisPort,
            "--offline.path", work.folder("offline").toString(),
            "--models.path", work.folder("models").toString(),
            "--checkpoints.path", work.folder("checkpoints").toString(),
            "--parallelism", "1",
            "--local", "true",
            "--rest.port", Integer.toString(FreePorts.next())));
    return ChildProcess.start(work, "feature-job", command, Map.of());
  }

  /** One thread sends all, so that no payment is older than the one before it. */
  private void flow() {
    try {
      EventCodec codec =
          new EventCodec(source, new ConfluentSchemaRegistry(registry.url(), Map.of()));
      Random random = new Random(7);
      double due = System.nanoTime();
      while (!ended) {
        due += -Math.log(1 - random.nextDouble()) * 1e9 / rate;
        for (long left = (long) due - System.nanoTime();
            left > 0;
            left = (long) due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        Probe probe = this.due.getAndSet(null);
        String card = probe == null ? Workload.card(random.nextInt()) : probe.card();
        byte[] value =
            codec.encode(Values.of(card, random.nextDouble() * 100, Instant.ofEpochMilli(nowMs())));
        long sentNanos = System.nanoTime();
        producer.send(
            new ProducerRecord<>(source.topic(), card.getBytes(StandardCharsets.UTF_8), value),
            (metadata, failure) -> {
              if (failure != null) {
                fault = failure;
              }
            });
        if (probe != null) {
          probe.sentNanos().complete(sentNanos);
        }
      }
    } catch (RuntimeException e) {
      fault = e;
    }
  }

  private static long nowMs() {
    return System.currentTimeMillis();
  }

  /** Until the job puts what it reads where the server finds it. */
  void awaitReady(Prober prober) throws InterruptedException {
    one(prober, TimeUnit.SECONDS.toNanos(START_LIMIT_S));
  }

  /** One probe after the other, for so long. Nanoseconds. */
  Histogram measure(Prober prober, double seconds) throws InterruptedException {
    Histogram latency = new Histogram(HIGHEST_NANOS, 3);
    Random random = new Random(11);
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < end) {
      latency.recordValue(one(prober, LIMIT_NANOS));
      // So that probes don't keep step with anything that has a beat.
      LockSupport.parkNanos(random.nextInt(30_000_000));
    }
    return latency;
  }

  private long one(Prober prober, long limitNanos) throws InterruptedException {
    Probe probe = new Probe("probe-" + probes++, new CompletableFuture<>());
    due.set(probe);
    long sentNanos = await(probe.sentNanos());
    while (!prober.isThere(probe.card())) {
      if (fault != null || !job.isAlive() || System.nanoTime() - sentNanos > limitNanos) {
        throw new IllegalStateException(
            "an event is not readable after "
                + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - sentNanos)
                + " s. "
                + job.quote(),
            fault);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return System.nanoTime() - sentNanos;
  }

  private long await(CompletableFuture<Long> sent) throws InterruptedException {
    try {
      return sent.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("no payments are sent", fault == null ? e : fault);
    }
  }

  @Override
  public void close() {
    ended = true;
    closeAll(producer, job, registry, kafka, work);
  }

  private static void closeAll(AutoCloseable... all) {
    for (AutoCloseable one : all) {
      try {
        if (one != null) {
          one.close();
        }
      } catch (Exception e) {
        System.err.println("not closed: " + e);
      }
    }
  }
}
