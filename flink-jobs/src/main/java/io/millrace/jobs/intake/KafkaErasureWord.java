package io.millrace.jobs.intake;

import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.jobs.KafkaSettings;
import io.millrace.jobs.erasure.ErasureWord;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.MalformedRecordException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic {@code erasures}, read from its beginning before the first event is, and followed by a
 * thread of its own since. Answers go to {@code erasure-acks}, through a producer that is made for
 * the first.
 */
public final class KafkaErasureWord implements ErasureWord {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaErasureWord.class);
  private static final TopicPartition TOPIC = new TopicPartition(Erasure.TOPIC, 0);
  private static final Duration STEP = Duration.ofMillis(250);
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final KafkaSettings kafka;
  private final Secret secret;
  private final LoopCodec<Erasure> codec;
  private final LoopCodec<ErasureAck> acks;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final ConcurrentLinkedQueue<Erasure> told = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean closed;
  private volatile RuntimeException failure;
  private KafkaProducer<byte[], byte[]> producer;

  private KafkaErasureWord(KafkaSettings kafka, Secret secret) {
    this.kafka = kafka;
    this.secret = secret;
    ConfluentSchemaRegistry registry = new ConfluentSchemaRegistry(kafka.registryUrl(), Map.of());
    this.codec = new LoopCodec<>(Erasure.TOPIC, LoopRecords.ERASURE, registry);
    this.acks = new LoopCodec<>(Erasure.ACKS_TOPIC, LoopRecords.ERASURE_ACK, registry);
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                (int) LIMIT.toMillis()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    this.thread = new Thread(this::follow, "erasures");
    thread.setDaemon(true);
  }

  /**
   * The word for the operators of a job.
   *
   * @param secret by which the store knows the subjects
   */
  public static Source source(KafkaSettings kafka, Secret secret) {
    return () -> {
      KafkaErasureWord word = new KafkaErasureWord(kafka, secret);
      try {
        word.readToEnd();
      } catch (RuntimeException e) {
        word.consumer.close();
        throw e;
      }
      word.thread.start();
      return word;
    };
  }

  private void readToEnd() {
    consumer.assign(List.of(TOPIC));
    consumer.seekToBeginning(List.of(TOPIC));
    long end = consumer.endOffsets(List.of(TOPIC)).get(TOPIC);
    while (consumer.position(TOPIC) < end) {
      take();
    }
  }

  private void take() {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(STEP)) {
      if (record.value() == null) {
        continue;
      }
      try {
        told.add(codec.decode(record.value()));
      } catch (MalformedRecordException e) {
        throw new IllegalStateException(
            "%s@%d cannot be read, so nobody knows who is erased: %s"
                .formatted(TOPIC, record.offset(), e.getMessage()),
            e);
      }
    }
  }

  private void follow() {
    try {
      while (!closed) {
        take();
      }
    } catch (WakeupException e) {
      LOG.debug("no longer follows {}", TOPIC);
    } catch (RuntimeException e) {
      failure = e;
    } finally {
      consumer.close();
    }
  }

  @Override
  public List<Erasure> news() {
    if (failure != null) {
      throw failure;
    }
    if (told.isEmpty()) {
      return List.of();
    }
    List<Erasure> all = new ArrayList<>();
    for (Erasure next = told.poll(); next != null; next = told.poll()) {
      all.add(next);
    }
    return all;
  }

  @Override
  public byte[] secret() {
    return secret.read();
  }

  @Override
  public void acknowledge(ErasureAck ack) {
    if (producer == null) {
      producer =
          new KafkaProducer<>(
              Map.of(
                  ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                  kafka.bootstrapServers(),
                  ProducerConfig.ACKS_CONFIG,
                  "all"),
              new ByteArraySerializer(),
              new ByteArraySerializer());
    }
    producer.send(
        new ProducerRecord<>(
            Erasure.ACKS_TOPIC, ack.erasureId().getBytes(StandardCharsets.UTF_8), acks.encode(ack)),
        (done, error) -> {
          if (error != null) {
            // Whoever waits is not told; a restart tells again.
            LOG.warn("An answer to erasure {} was not written.", ack.erasureId(), error);
          }
        });
  }

  @Override
  public void close() {
    closed = true;
    if (thread.isAlive()) {
      consumer.wakeup();
    }
    if (producer != null) {
      producer.close(STEP);
    }
  }
}
