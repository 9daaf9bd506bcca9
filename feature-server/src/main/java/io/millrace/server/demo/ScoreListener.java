package io.millrace.server.demo;

import io.millrace.feature.EventSource;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Label;
import io.millrace.feature.Prediction;
import io.millrace.feature.Values;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.model.LoadedModel;
import io.millrace.schema.EventCodec;
import io.millrace.schema.MalformedRecordException;
import io.millrace.schema.PredictionCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads predictions and the events that bring their labels, as any consumer would, scores each
 * vector with the frozen first model too, and keeps the {@link ScoreBoard}. Runs until closed, on a
 * thread of its own.
 *
 * <p>It reads what is not committed yet, so that latency is seen as it is; after a failure of the
 * job it may therefore see a prediction again, which it passes over.
 */
final class ScoreListener implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int BATCH = 512;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final String predictionsTopic;
  private final PredictionCodec predictions;
  private final String labelTopic;
  private final EventCodec labels;
  private final KeyReader labelKey;
  private final Expression labelValue;
  private final int labelTimeIndex;
  private final LoadedModel frozen;
  private final ScoreBatch batch;
  private final List<Prediction> gathered = new ArrayList<>(BATCH);
  // By partition of the request, the offsets seen: one bit a request.
  private final Map<String, BitSet> seen = new HashMap<>();
  private final ScoreBoard board;
  private final Thread thread;

  /**
   * Subscribes from the beginning of both topics, which must exist.
   *
   * @param frozen the first model; closed with this
   */
  ScoreListener(
      String bootstrapServers,
      String predictionsTopic,
      PredictionCodec predictions,
      EventSource labelSource,
      EventCodec labels,
      Label label,
      LoadedModel frozen,
      ScoreBoard board) {
    this.frozen = frozen;
    this.batch = frozen.newBatch(BATCH);
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
    try (consumer;
        frozen;
        batch) {
      consumer.subscribe(List.of(predictionsTopic, labelTopic));
      while (true) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.value() != null) {
            read(record);
          }
        }
        score();
      }
    } catch (WakeupException e) {
      // closed
    }
  }

  private boolean isNew(String id) {
    int at = id.lastIndexOf('@');
    BitSet offsets = seen.computeIfAbsent(id.substring(0, at), partition -> new BitSet());
    int offset = Integer.parseInt(id.substring(at + 1));
    boolean isNew = !offsets.get(offset);
    offsets.set(offset);
    return isNew;
  }

  private void score() {
    try {
      for (int i = 0; i < gathered.size(); i++) {
        frozen.encoder().encode(gathered.get(i).vector(), batch.input(), i);
      }
      if (!gathered.isEmpty()) {
        batch.run(gathered.size());
      }
      for (int i = 0; i < gathered.size(); i++) {
        Prediction prediction = gathered.get(i);
        board.scored(
            prediction.requestKey(),
            prediction.requestTimeMs(),
            prediction.modelVersion(),
            prediction.score(),
            batch.score(i),
            prediction.scoredAtMs() - prediction.appendedAtMs());
      }
    } catch (ScoringException e) {
      throw new IllegalStateException("the first model fails where another scored", e);
    }
    gathered.clear();
  }

  private void read(ConsumerRecord<byte[], byte[]> record) {
    try {
      if (record.topic().equals(predictionsTopic)) {
        Prediction prediction = predictions.decode(record.value());
        if (isNew(prediction.id())) {
          gathered.add(prediction);
          if (gathered.size() == BATCH) {
            score();
          }
        }
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
