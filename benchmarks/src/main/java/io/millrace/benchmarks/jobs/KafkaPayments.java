package io.millrace.benchmarks.jobs;

import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The workload from a real Kafka broker, a process of its own: what reading costs that the other
 * jobs are spared. The topic has one partition and is filled before the job begins.
 */
final class KafkaPayments {
  private static final String TOPIC = "payments";

  /** About a minute of a job that does nothing else; a gigabyte on the disk. */
  private static final long PAYMENTS = 15_000_000;

  private static final int BATCH_BYTES = 256 << 10;

  private KafkaPayments() {}

  static DataStream<Payment> stream(StreamExecutionEnvironment env, Workload workload, long from)
      throws IOException, InterruptedException {
    KafkaBroker broker = filled(workload, from);
    KafkaSource<Payment> source =
        KafkaSource.<Payment>builder()
            .setBootstrapServers(broker.bootstrapServers())
            .setTopics(TOPIC)
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setValueOnlyDeserializer(new Reader())
            .build();
    return env.fromSource(
        source, Payments.watermarks(workload, from), "payments", PaymentSerializer.TYPE);
  }

  private static KafkaBroker filled(Workload workload, long from)
      throws IOException, InterruptedException {
    WorkFolder work = WorkFolder.open(Files.createTempDirectory("millrace-bench-kafka"));
    KafkaBroker broker = KafkaBroker.start(work, Path.of(System.getProperty("millrace.home", ".")));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(broker, work)));
    Topics.require(broker.bootstrapServers(), List.of(TOPIC), 1);
    fill(broker.bootstrapServers(), workload, from);
    return broker;
  }

  private static void end(KafkaBroker broker, WorkFolder work) {
    broker.close();
    work.clear("kafka");
    work.close();
  }

  private static void fill(String bootstrapServers, Workload workload, long from)
      throws IOException {
    Workload.Maker maker = workload.maker();
    DataOutputSerializer bytes = new DataOutputSerializer(128);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.BATCH_SIZE_CONFIG,
                BATCH_BYTES,
                ProducerConfig.LINGER_MS_CONFIG,
                50),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (long i = 0; i < PAYMENTS; i++) {
        bytes.clear();
        PaymentSerializer.INSTANCE.serialize(maker.make(from + i), bytes);
        producer.send(new ProducerRecord<>(TOPIC, bytes.getCopyOfBuffer()));
      }
    }
  }

  private static final class Reader extends AbstractDeserializationSchema<Payment> {
    private static final long serialVersionUID = 1;

    private transient DataInputDeserializer input;

    private Reader() {
      super(PaymentSerializer.TYPE);
    }

    @Override
    public Payment deserialize(byte[] message) throws IOException {
      if (input == null) {
        input = new DataInputDeserializer();
      }
      input.setBuffer(message);
      return PaymentSerializer.INSTANCE.deserialize(input);
    }
  }
}
