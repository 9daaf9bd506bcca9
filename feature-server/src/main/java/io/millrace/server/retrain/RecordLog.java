package io.millrace.server.retrain;

import io.millrace.schema.LoopCodec;
import io.millrace.schema.MalformedRecordException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A topic of the loop as a log that is read from its beginning: each call gives what came since the
 * last. No consumer group keeps a position, so that a process that starts again reads it all again.
 *
 * <p>Reads only what is committed. Messages without a value are passed over; one that cannot be
 * decoded is reported and passed over. Not thread-safe. An interrupt while it closes is kept.
 */
public final class RecordLog<T extends Record> implements AutoCloseable {
  private static final int LIMIT_MS = 30_000;

  /** A record and where it lies in its partition. */
  public record Entry<T>(long offset, T value) {}

  private final String bootstrapServers;
  private final String topic;
  private final LoopCodec<T> codec;
  private final Consumer<String> problems;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;

  private RecordLog(
      String bootstrapServers,
      String topic,
      LoopCodec<T> codec,
      Consumer<String> problems,
      KafkaConsumer<byte[], byte[]> consumer) {
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.codec = codec;
    this.problems = problems;
    this.consumer = consumer;
    this.partitions =
        consumer.partitionsFor(topic).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /**
   * Opens a topic at its beginning.
   *
   * @param codec of its records, for this log alone
   * @param problems hears of each message that cannot be decoded
   * @throws RetrainException if the topic cannot be read
   */
  public static <T extends Record> RecordLog<T> open(
      String bootstrapServers, String topic, LoopCodec<T> codec, Consumer<String> problems) {
    Map<String, Object> config =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
            false,
            ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            LIMIT_MS);
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
      return new RecordLog<>(bootstrapServers, topic, codec, problems, consumer);
    } catch (KafkaException e) {
      consumer.close();
      throw failed("read", topic, bootstrapServers, e);
    }
  }

  /**
   * What has come since the last call, after waiting for the first of it at most so long.
   *
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  public List<Entry<T>> poll(Duration wait) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted before " + topic + " was read");
    }
    List<Entry<T>> entries = new ArrayList<>();
    try {
      for (ConsumerRecord<byte[], byte[]> message : consumer.poll(wait)) {
        decode(message, entries);
      }
    } catch (InterruptException e) {
      throw interrupted(e);
    } catch (KafkaException e) {
      throw failed("read", topic, bootstrapServers, e);
    }
    return entries;
  }

  /** All since the last call that the topic holds at this moment, also what was just written. */
  public List<Entry<T>> toEnd() throws InterruptedException {
    List<Entry<T>> entries = new ArrayList<>();
    try {
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        entries.addAll(poll(Duration.ofMillis(100)));
      }
    } catch (InterruptException e) {
      throw interrupted(e);
    } catch (KafkaException e) {
      throw failed("read", topic, bootstrapServers, e);
    }
    return entries;
  }

  private void decode(ConsumerRecord<byte[], byte[]> message, List<Entry<T>> entries) {
    if (message.value() == null) {
      return;
    }
    try {
      entries.add(new Entry<>(message.offset(), codec.decode(message.value())));
    } catch (MalformedRecordException | RuntimeException e) {
      problems.accept(
          "%s-%d@%d is passed over, since it cannot be read: %s"
              .formatted(topic, message.partition(), message.offset(), e.getMessage()));
    }
  }

  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    try {
      consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
    } catch (InterruptException e) {
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Writes records and waits for each. Thread-safe. */
  public static final class Writer implements AutoCloseable {
    private final String bootstrapServers;
    private final KafkaProducer<byte[], byte[]> producer;

    public Writer(String bootstrapServers) {
      this.bootstrapServers = bootstrapServers;
      Map<String, Object> config =
          Map.of(
              ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
              bootstrapServers,
              ProducerConfig.ACKS_CONFIG,
              "all",
              ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
              true,
              ProducerConfig.MAX_BLOCK_MS_CONFIG,
              LIMIT_MS,
              ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
              LIMIT_MS,
              ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
              LIMIT_MS / 2);
      producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * Returns once the broker has it.
     *
     * @return its offset
     */
    public long append(String topic, String key, byte[] value) throws InterruptedException {
      try {
        return producer
            .send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value))
            .get()
            .offset();
      } catch (InterruptException e) {
        throw interrupted(e);
      } catch (ExecutionException e) {
        throw failed("write", topic, bootstrapServers, e.getCause());
      } catch (KafkaException e) {
        throw failed("write", topic, bootstrapServers, e);
      }
    }

    @Override
    public void close() {
      boolean interrupted = Thread.interrupted();
      try {
        producer.close(Duration.ofSeconds(1));
      } catch (InterruptException e) {
        interrupted = true;
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private static RetrainException failed(
      String verb, String topic, String bootstrapServers, Throwable cause) {
    return new RetrainException(
        "Cannot %s the topic %s at %s: %s Check that the broker runs and has it (--bootstrap)."
            .formatted(verb, topic, bootstrapServers, cause.getMessage()),
        cause);
  }

  private static InterruptedException interrupted(InterruptException e) {
    // Kafka sets the flag again beside its exception; this exception says it alone.
    Thread.interrupted();
    InterruptedException interrupted = new InterruptedException(e.getMessage());
    interrupted.initCause(e);
    return interrupted;
  }
}
