package io.millrace.server.platform;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Uuid;

/**
 * One Kafka broker that is its own controller, in a child process on 127.0.0.1. Topics are not
 * created by use. What it stores lies in the work folder's {@code kafka}, and is there again after
 * a restart; clear that folder to start empty.
 *
 * <pre>{@code
 * try (KafkaBroker broker = KafkaBroker.start(work, home)) {
 *   properties.put("bootstrap.servers", broker.bootstrapServers());
 * }
 * }</pre>
 */
public final class KafkaBroker implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(90);
  private static final int ASK_MS = 5_000;

  private final ChildProcess process;
  private final String bootstrapServers;

  private KafkaBroker(ChildProcess process, String bootstrapServers) {
    this.process = process;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts a broker on free ports and waits until it answers.
   *
   * @param home the root of the built repository, whose {@code deploy/target/kafka} holds the
   *     broker's jars
   * @throws PlatformException when it is not built or does not start
   */
  public static KafkaBroker start(WorkFolder work, Path home) {
    Path jars = Jvm.requireBuilt(home.toAbsolutePath().resolve("deploy/target/kafka"));
    Path logging = home.toAbsolutePath().resolve("deploy/log4j2-kafka.xml");
    Path folder = work.folder("kafka");
    int port = FreePorts.next();
    Path config = writeConfig(folder, port, FreePorts.next());
    if (!Files.exists(folder.resolve("data/meta.properties"))) {
      format(work, jars, logging, config);
    }
    List<String> command =
        List.of(
            Jvm.program(),
            "-Xms256m",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + work.folder("tmp"),
            "-Dlog4j2.configurationFile=" + logging.toUri(),
            "-cp",
            jars + "/*",
            "kafka.Kafka",
            config.toString());
    ChildProcess process = ChildProcess.start(work, "kafka", command, Map.of());
    try {
      String bootstrap = "127.0.0.1:" + port;
      process.awaitReady(() -> FreePorts.isListenedOn(port) && answers(bootstrap), START_LIMIT);
      return new KafkaBroker(process, bootstrap);
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /** Where clients connect, {@code 127.0.0.1:PORT}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** The process it runs in. */
  public ChildProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }

  private static void format(WorkFolder work, Path jars, Path logging, Path config) {
    List<String> command =
        List.of(
            Jvm.program(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + work.folder("tmp"),
            "-Dlog4j2.configurationFile=" + logging.toUri(),
            "-cp",
            jars + "/*",
            "kafka.tools.StorageTool",
            "format",
            "-t",
            Uuid.randomUuid().toString(),
            "-c",
            config.toString());
    try (ChildProcess format = ChildProcess.start(work, "kafka-format", command, Map.of())) {
      format.awaitSuccess(START_LIMIT);
    }
  }

  private static Path writeConfig(Path folder, int port, int controllerPort) {
    Properties config = new Properties();
    config.put("process.roles", "broker,controller");
    config.put("node.id", "1");
    config.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    config.put(
        "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
    config.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    config.put("controller.listener.names", "CONTROLLER");
    config.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    config.put("inter.broker.listener.name", "PLAINTEXT");
    config.put("log.dirs", folder.resolve("data").toString());
    config.put("auto.create.topics.enable", "false");
    config.put("offsets.topic.replication.factor", "1");
    config.put("offsets.topic.num.partitions", "4");
    config.put("transaction.state.log.replication.factor", "1");
    config.put("transaction.state.log.min.isr", "1");
    config.put("transaction.state.log.num.partitions", "4");
    config.put("share.coordinator.state.topic.replication.factor", "1");
    config.put("share.coordinator.state.topic.min.isr", "1");
    config.put("group.initial.rebalance.delay.ms", "0");
    config.put("transaction.max.timeout.ms", "900000");
    config.put("log.cleaner.dedupe.buffer.size", "8388608");
    // Records of a replay carry times of the past, which a retention by time would end at once.
    config.put("log.retention.ms", "-1");
    Path file = folder.resolve("server.properties");
    try (Writer writer = Files.newBufferedWriter(file)) {
      config.store(writer, null);
      return file;
    } catch (IOException e) {
      throw new PlatformException("Cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static boolean answers(String bootstrapServers) {
    Map<String, Object> config =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            ASK_MS,
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
            ASK_MS);
    try (Admin admin = Admin.create(config)) {
      return !admin.describeCluster().nodes().get(ASK_MS, TimeUnit.MILLISECONDS).isEmpty();
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
