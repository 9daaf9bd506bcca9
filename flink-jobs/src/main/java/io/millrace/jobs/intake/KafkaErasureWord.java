package io.millrace.jobs.intake;

import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.jobs.KafkaSettings;
import io.millrace.jobs.erasure.ErasureWord;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.SchemaRegistry;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topic {@code erasures}, read from its beginning before the first event is, and followed
 * since; answers go to {@code erasure-acks}. All subtasks of a process share one {@link
 * ErasureLog}.
 */
public final class KafkaErasureWord implements ErasureWord {
  private final ErasureLog log;
  private final Secret secret;
  private int heard;
  private boolean closed;

  private KafkaErasureWord(ErasureLog log, Secret secret) {
    this.log = log;
    this.secret = secret;
  }

  /**
   * The word for the operators of a job.
   *
   * @param secret by which the store knows the subjects
   */
  public static Source source(KafkaSettings kafka, Secret secret) {
    return () ->
        new KafkaErasureWord(
            ErasureLog.listen(
                List.of(kafka.bootstrapServers(), kafka.registryUrl()), new KafkaClients(kafka)),
            secret);
  }

  private record KafkaClients(KafkaSettings kafka) implements ErasureLog.Clients {
    @Override
    public Consumer<byte[], byte[]> consumer() {
      return new KafkaConsumer<>(
          Map.of(
              ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
              kafka.bootstrapServers(),
              ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
              false,
              ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
              (int) ErasureLog.LIMIT.toMillis()),
          new ByteArrayDeserializer(),
          new ByteArrayDeserializer());
    }

    @Override
    public Producer<byte[], byte[]> producer() {
      return new KafkaProducer<>(
          Map.of(
              ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
              kafka.bootstrapServers(),
              ProducerConfig.ACKS_CONFIG,
              "all"),
          new ByteArraySerializer(),
          new ByteArraySerializer());
    }

    @Override
    public SchemaRegistry registry() {
      return new ConfluentSchemaRegistry(kafka.registryUrl(), Map.of());
    }
  }

  @Override
  public List<Erasure> news() {
    List<Erasure> news = log.after(heard);
    heard += news.size();
    return news;
  }

  @Override
  public byte[] secret() {
    return secret.read();
  }

  @Override
  public void acknowledge(ErasureAck ack) {
    log.acknowledge(ack);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      log.leave();
    }
  }
}
