package io.millrace.server.demo;

import io.millrace.feature.EventSource;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Label;
import io.millrace.feature.Prediction;
import io.millrace.feature.Values;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import io.millrace.schema.EventCodec;
import io.millrace.schema.MalformedRecordException;
import io.millrace.schema.PredictionCodec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads predictions and the events that bring their labels, as any consumer would, and keeps the
 * {@link ScoreBoard}. Runs until closed, on a thread of its own.
 */
final class ScoreListener implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final String predictionsTopic;
  private final PredictionCodec predictions;
  private final String labelTopic;
  private final EventCodec labels;
  private final KeyReader labelKey;
  private final Expression labelValue;
  private final int labelTimeIndex;
  private final ScoreBoard board;
  private final Thread thread;

  /** Subscribes from the beginning of both topics, which must exist. */
  ScoreListener(
      String bootstrapServers,
      String predictionsTopic,
      PredictionCodec predictions,
      EventSource labelSource,
      EventCodec labels,
      Label label,
      ScoreBoard board) {
    this.predictionsTopic = predictionsTopic;
    this.predictions = predictions;
    this.labelTopic = labelSource.topic();
    this.labels = labels;
    this.labelKey = KeyReader.of(label.on(), labelSource.schema());
    this.labelValue = Expressions.compile(label.value(), labelSource.schema());
    this.labelTimeIndex = labelSource.timeIndex();
    this.board = board;
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                ConsumerConfig.GROUP_ID_CONFIG, "millrace-demo-listener",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    this.thread = new Thread(this::listen, "score-listener");
    thread.setDaemon(true);
  }

  ScoreListener start() {
    thread.start();
    return this;
  }

  private void listen() {
    try (consumer) {
      consumer.subscribe(List.of(predictionsTopic, labelTopic));
      while (true) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.value() != null) {
            read(record);
          }
        }
      }
    } catch (WakeupException e) {
      // closed
    }
  }

  private void read(ConsumerRecord<byte[], byte[]> record) {
    try {
      if (record.topic().equals(predictionsTopic)) {
        Prediction prediction = predictions.decode(record.value());
        board.scored(
            prediction.requestKey(),
            prediction.requestTimeMs(),
            prediction.modelVersion(),
            prediction.score(),
            prediction.scoredAtMs() - prediction.appendedAtMs());
      } else {
        Values event = labels.decode(record.value());
        String key = labelKey.keyTextOf(event);
        if (key != null && !labelValue.isNull(event)) {
          board.labelled(key, event.longAt(labelTimeIndex), labelValue.booleanAt(event));
        }
      }
    } catch (MalformedRecordException e) {
      // The job writes the dead letter; the board only looks on.
    }
  }

  @Override
  public void close() {
    consumer.wakeup();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
