package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Prediction;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.PredictionCodec;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.Millrace;
import io.millrace.server.retrain.ControlTopic;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long {@code millrace models rollback} takes to take effect: from the start of its process,
 * and from its record in {@code model-control}, to the first prediction of the other version in the
 * predictions topic of the running demo.
 *
 * <p>{@code -Dmillrace.rollbacks=N} says how often, 20 unless told. It takes minutes, so {@code
 * -Dmillrace.excluded-groups=} has to ask for it. {@code -Dmillrace.cli="-XX:..."} gives the
 * command's JVM other options than the launcher's.
 *
 * <pre>
 * ./millrace verify -pl e2e-tests -am -Dtest=RollbackDrillTest -Dmillrace.excluded-groups= \
 *   -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@Tag("drill")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class RollbackDrillTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final int ROLLBACKS = Integer.getInteger("millrace.rollbacks", 20);
  private static final String SERVICE = "delay_v1";
  private static final String MODEL = "delay";
  private static final List<String> CLI =
      List.of(
          System.getProperty("millrace.cli", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
              .split(" "));

  @TempDir static Path folder;

  /** One rollback: wall-clock milliseconds. */
  private record Lap(long startMs, long recordMs, long firstMs, long endMs) {}

  @Test
  void aRollbackFromTheCommandLineTakesEffectWithinASecondOfItsRecord() throws Exception {
    System.setProperty("millrace.home", HOME.toString());
    Path work = folder.resolve("work");
    List<String> command =
        java(
            List.of(),
            "demo",
            "--data",
            "sfo2020",
            "--speed",
            "30000x",
            "--no-retrain",
            "--work-dir",
            work.toString());
    Process demo = new ProcessBuilder(command).redirectErrorStream(true).start();
    BlockingQueue<String> shown = new LinkedBlockingQueue<>();
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader lines = demo.inputReader()) {
                lines.lines().forEach(shown::add);
              } catch (java.io.IOException e) {
                shown.add(e.toString());
              }
            });
    reader.setDaemon(true);
    reader.start();
    try {
      Matcher servers = awaitLine(shown, "Kafka (\\S+), registry (\\S+)");
      awaitLine(shown, "(feature job runs)");
      List<Lap> laps = drill(work, servers.group(1), servers.group(2));
      report(laps);
      long[] fromRecord =
          laps.stream().mapToLong(l -> l.firstMs() - l.recordMs()).sorted().toArray();
      assertThat(fromRecord[fromRecord.length / 2]).as("median, in ms").isLessThan(1_000);
    } finally {
      demo.destroy();
      if (!demo.waitFor(30, TimeUnit.SECONDS)) {
        demo.destroyForcibly();
      }
    }
  }

  private static List<Lap> drill(Path work, String bootstrap, String url) throws Exception {
    Definitions definitions =
        DefinitionFiles.load(
            HOME.resolve("feature-definitions/flights"), Map.of("dataset", "sfo2020"));
    String models = work.resolve("models").toString();
    cli(
        "train",
        "--definitions",
        HOME.resolve("feature-definitions/flights").toString(),
        "--set",
        "dataset=sfo2020",
        "--service",
        SERVICE,
        "--model",
        MODEL,
        "--models",
        models,
        "--sources",
        "scheduled,departed,arrived",
        "--from",
        "2020-01-08",
        "--to",
        "2020-01-20",
        "--evaluate-to",
        "2020-01-27");
    String[] tells = {
      "models", "--models", models, "--model", MODEL, "--bootstrap", bootstrap, "--registry", url
    };
    String[] promote = Arrays.copyOf(tells, tells.length + 2);
    promote[tells.length] = "promote";
    promote[tells.length + 1] = "2";
    SchemaRegistry registry = new ConfluentSchemaRegistry(url, Map.of());
    PredictionCodec predictions =
        new PredictionCodec(
            "predictions-" + SERVICE,
            VectorPlan.of(definitions.service(SERVICE), definitions).vectorSchema(),
            registry);
    LoopCodec<ModelControl> controls =
        new LoopCodec<>(ControlTopic.TOPIC, LoopRecords.MODEL_CONTROL, registry);
    List<Lap> laps = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> scores = consumer(bootstrap, "predictions-" + SERVICE);
        KafkaConsumer<byte[], byte[]> control = consumer(bootstrap, ControlTopic.TOPIC)) {
      int expected = 2;
      long controlEnd = end(control);
      Lap first =
          lap(java(CLI, promote), scores, predictions, control, controls, controlEnd, expected);
      System.out.println("promote: " + first);
      String[] rollback = Arrays.copyOf(tells, tells.length + 1);
      rollback[tells.length] = "rollback";
      for (int i = 0; i < ROLLBACKS; i++) {
        expected = 3 - expected;
        controlEnd = end(control);
        laps.add(
            lap(java(CLI, rollback), scores, predictions, control, controls, controlEnd, expected));
      }
    }
    return laps;
  }

  private static Lap lap(
      List<String> command,
      KafkaConsumer<byte[], byte[]> scores,
      PredictionCodec predictions,
      KafkaConsumer<byte[], byte[]> control,
      LoopCodec<ModelControl> controls,
      long controlEnd,
      int expected)
      throws Exception {
    scores.seekToEnd(scores.assignment());
    scores.assignment().forEach(scores::position);
    long startMs = System.currentTimeMillis();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    long firstMs = 0;
    long limitMs = startMs + 120_000;
    while (firstMs == 0 && System.currentTimeMillis() < limitMs) {
      for (ConsumerRecord<byte[], byte[]> message : scores.poll(Duration.ofMillis(5))) {
        Prediction prediction = predictions.decode(message.value());
        if (prediction.modelVersion() == expected) {
          firstMs = System.currentTimeMillis();
          break;
        }
      }
    }
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    long endMs = System.currentTimeMillis();
    String said = new String(process.getInputStream().readAllBytes());
    assertThat(ended && process.exitValue() == 0).as(said).isTrue();
    assertThat(firstMs).as("a prediction of version %d came; %s", expected, said).isPositive();
    return new Lap(startMs, recorded(control, controls, controlEnd, expected), firstMs, endMs);
  }

  /** When the record was written that makes the version champion. */
  private static long recorded(
      KafkaConsumer<byte[], byte[]> control,
      LoopCodec<ModelControl> controls,
      long from,
      int expected)
      throws Exception {
    TopicPartition partition = control.assignment().iterator().next();
    control.seek(partition, from);
    while (true) {
      for (ConsumerRecord<byte[], byte[]> message : control.poll(Duration.ofMillis(100))) {
        if (controls.decode(message.value()).champion() == expected) {
          return message.timestamp();
        }
      }
    }
  }

  private static long end(KafkaConsumer<byte[], byte[]> control) {
    TopicPartition partition = control.assignment().iterator().next();
    return control.endOffsets(List.of(partition)).get(partition);
  }

  private static void report(List<Lap> laps) {
    System.out.printf(
        "%d rollbacks, ms (median, 90 %%, most): from the start of the process to its record %s,"
            + " from the record to the first prediction of the other version %s, from start to first"
            + " prediction %s, whole process %s%n",
        laps.size(),
        spread(laps.stream().mapToLong(l -> l.recordMs() - l.startMs()).sorted().toArray()),
        spread(laps.stream().mapToLong(l -> l.firstMs() - l.recordMs()).sorted().toArray()),
        spread(laps.stream().mapToLong(l -> l.firstMs() - l.startMs()).sorted().toArray()),
        spread(laps.stream().mapToLong(l -> l.endMs() - l.startMs()).sorted().toArray()));
  }

  private static String spread(long[] sorted) {
    return "%d, %d, %d"
        .formatted(
            sorted[sorted.length / 2], sorted[sorted.length * 9 / 10], sorted[sorted.length - 1]);
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap, String topic) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "fetch.max.wait.ms", 5),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.assign(
        consumer.partitionsFor(topic).stream()
            .map(p -> new TopicPartition(topic, p.partition()))
            .toList());
    consumer.seekToEnd(consumer.assignment());
    return consumer;
  }

  private static Matcher awaitLine(BlockingQueue<String> shown, String pattern)
      throws InterruptedException {
    List<String> heard = new ArrayList<>();
    while (true) {
      String line = shown.poll(10, TimeUnit.MINUTES);
      assertThat(line).as("a line with '%s' after %s", pattern, heard).isNotNull();
      heard.add(line);
      Matcher matcher = Pattern.compile(pattern).matcher(line);
      if (matcher.find()) {
        return matcher;
      }
    }
  }

  private static List<String> java(List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "-Dmillrace.home=" + HOME,
            "-Dlog4j2.configurationFile=" + HOME.resolve("deploy/log4j2-cli.xml").toUri(),
            "-cp",
            System.getProperty("java.class.path"),
            "io.millrace.server.Millrace"));
    command.addAll(List.of(arguments));
    return command;
  }

  private static void cli(String... arguments) {
    StringWriter said = new StringWriter();
    assertThat(Millrace.run(new PrintWriter(said), new PrintWriter(said), arguments))
        .as(said.toString())
        .isZero();
  }
}
