package io.millrace.server.replay;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends messages in order and without duplicates, and forgets no failure: the first is thrown by
 * the next call. Safe for use by several threads.
 */
final class TopicWriter implements AutoCloseable {
  private static final int BLOCK_MS = 30_000;
  private static final int DELIVERY_MS = 60_000;
  private static final int LINGER_MS = 5;
  private static final int BATCH_BYTES = 128 * 1024;

  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<ReplayException> failure = new AtomicReference<>();

  TopicWriter(String bootstrapServers) {
    Map<String, Object> config =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            true,
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.COMPRESSION_TYPE_CONFIG,
            "lz4",
            ProducerConfig.LINGER_MS_CONFIG,
            LINGER_MS,
            ProducerConfig.BATCH_SIZE_CONFIG,
            BATCH_BYTES,
            ProducerConfig.MAX_BLOCK_MS_CONFIG,
            BLOCK_MS,
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
            DELIVERY_MS);
    producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Sends a message; the key may be null. */
  void send(String topic, int partition, byte[] key, byte[] value) throws InterruptedException {
    send(new ProducerRecord<>(topic, partition, key, value));
  }

  /** Sends a message that has a header only. */
  void sendHeader(String topic, int partition, String name, byte[] content)
      throws InterruptedException {
    List<Header> headers = List.of(new RecordHeader(name, content));
    send(new ProducerRecord<byte[], byte[]>(topic, partition, (byte[]) null, null, headers));
  }

  /**
   * Waits until the broker has all that was sent.
   *
   * @throws ReplayException naming the topic, when it does not have all
   */
  void flush() throws InterruptedException {
    try {
      producer.flush();
    } catch (InterruptException e) {
      throw interrupted(e);
    }
    throwFailure();
  }

  /** Throws away what was not flushed. */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    try {
      producer.close(Duration.ZERO);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void send(ProducerRecord<byte[], byte[]> message) throws InterruptedException {
    throwFailure();
    try {
      var unused =
          producer.send(
              message,
              (metadata, exception) -> {
                if (exception != null) {
                  failure.compareAndSet(null, failed(message, exception));
                }
              });
    } catch (InterruptException e) {
      throw interrupted(e);
    } catch (KafkaException e) {
      failure.compareAndSet(null, failed(message, e));
    }
    throwFailure();
  }

  private void throwFailure() {
    ReplayException first = failure.get();
    if (first != null) {
      throw first;
    }
  }

  private static ReplayException failed(
      ProducerRecord<byte[], byte[]> message, Exception exception) {
    String key =
        message.key() == null
            ? ""
            : " with the key \"" + new String(message.key(), StandardCharsets.UTF_8) + "\"";
    return new ReplayException(
        "Cannot send to the topic "
            + message.topic()
            + " a message"
            + key
            + ": "
            + exception.getMessage(),
        exception);
  }

  private static InterruptedException interrupted(InterruptException e) {
    // Kafka sets the flag again beside its exception; this exception says it alone.
    Thread.interrupted();
    InterruptedException interrupted = new InterruptedException(e.getMessage());
    interrupted.initCause(e);
    return interrupted;
  }
}
