package io.millrace.server.parity;

import io.millrace.feature.loop.ParityReport;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.MalformedRecordException;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.replay.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topic {@code parity}: one record a round, keyed by the service. A report is written in a
 * transaction of the service's own id, so that it is there once or not at all, and that of two
 * processes of one service the later alone goes on. Not thread-safe.
 */
final class ParityTopic implements AutoCloseable {
  static final String TOPIC = "parity";
  private static final int LIMIT_MS = 30_000;
  private static final Duration POLL = Duration.ofMillis(200);

  private final String bootstrapServers;
  private final String service;
  private final LoopCodec<ParityReport> codec;
  private final KafkaProducer<byte[], byte[]> producer;

  private ParityTopic(
      String bootstrapServers,
      String service,
      LoopCodec<ParityReport> codec,
      KafkaProducer<byte[], byte[]> producer) {
    this.bootstrapServers = bootstrapServers;
    this.service = service;
    this.codec = codec;
    this.producer = producer;
  }

  /**
   * Creates the topic if it is not there, and ends what another process of the service was at.
   *
   * @throws ParityException if the broker cannot be reached
   */
  static ParityTopic open(String bootstrapServers, SchemaRegistry registry, String service)
      throws InterruptedException {
    Topics.require(bootstrapServers, List.of(TOPIC), 1);
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                TOPIC + "-" + service,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                LIMIT_MS),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    ParityTopic topic =
        new ParityTopic(
            bootstrapServers,
            service,
            new LoopCodec<>(TOPIC, LoopRecords.PARITY_REPORT, registry),
            producer);
    try {
      producer.initTransactions();
    } catch (KafkaException e) {
      topic.close();
      throw topic.failed(e);
    }
    return topic;
  }

  /**
   * The service's last report; empty if the topic has none any more.
   *
   * @throws ParityException if it cannot be read
   */
  Optional<ParityReport> last() {
    byte[] key = service.getBytes(StandardCharsets.UTF_8);
    ParityReport last = null;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                LIMIT_MS),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(TOPIC, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
          if (message.value() != null && Arrays.equals(message.key(), key)) {
            ParityReport report = codec.decode(message.value());
            if (last == null || report.round() > last.round()) {
              last = report;
            }
          }
        }
      }
    } catch (KafkaException e) {
      throw failed(e);
    } catch (MalformedRecordException e) {
      throw new ParityException(
          ("The topic %s at %s holds a record that is no report (%s), so the last round is not"
                  + " known; remove it.")
              .formatted(TOPIC, bootstrapServers, e.getMessage()),
          e);
    }
    return Optional.ofNullable(last);
  }

  /**
   * Writes a report; returns once it is there for all.
   *
   * @throws ParityException if it is not there, or if another process has taken over
   */
  void append(ParityReport report) {
    try {
      producer.beginTransaction();
      var sent =
          producer.send(
              new ProducerRecord<>(
                  TOPIC, 0, service.getBytes(StandardCharsets.UTF_8), codec.encode(report)));
      producer.commitTransaction();
      sent.get();
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw new ParityException(
          "Another millrace parity --follow of " + service + " was started; this one ends.", e);
    } catch (KafkaException | ExecutionException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(e);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(1));
  }

  private ParityException failed(Exception e) {
    return new ParityException(
        ("The topic %s at %s does not answer (%s); see that the broker runs, then start this again:"
                + " it goes on where it stood.")
            .formatted(TOPIC, bootstrapServers, e.getMessage()),
        e);
  }
}
