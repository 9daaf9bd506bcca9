package io.millrace.server.demo;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.MalformedRecordException;
import io.millrace.schema.SchemaRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the loop's topics from their beginning, as any consumer would, keeps the {@link LoopBoard},
 * and says what is worth a line. Runs until closed, on a thread of its own.
 */
final class LoopListener implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final LoopTopics topics;
  private final LoopCodec<DriftReport> reports;
  private final LoopCodec<RetrainRequest> requests;
  private final LoopCodec<RetrainStatus> statuses;
  private final LoopCodec<ModelControl> controls;
  private final LoopBoard board;
  private final LongSupplier newestRequestMs;
  private final Consumer<String> lines;
  private final Thread thread;

  /**
   * @param newestRequestMs event time of the newest prediction
   * @param lines what is to be shown
   */
  LoopListener(
      String bootstrapServers,
      SchemaRegistry registry,
      LoopTopics topics,
      LoopBoard board,
      LongSupplier newestRequestMs,
      Consumer<String> lines) {
    this.topics = topics;
    this.reports = new LoopCodec<>(topics.drift(), LoopRecords.DRIFT_REPORT, registry);
    this.requests = new LoopCodec<>(topics.requests(), LoopRecords.RETRAIN_REQUEST, registry);
    this.statuses = new LoopCodec<>(topics.status(), LoopRecords.RETRAIN_STATUS, registry);
    this.controls = new LoopCodec<>(topics.control(), LoopRecords.MODEL_CONTROL, registry);
    this.board = board;
    this.newestRequestMs = newestRequestMs;
    this.lines = lines;
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                ConsumerConfig.GROUP_ID_CONFIG, "millrace-demo-loop",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest",
                ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    this.thread = new Thread(this::listen, "loop-listener");
    thread.setDaemon(true);
  }

  LoopListener start() {
    thread.start();
    return this;
  }

  private void listen() {
    try (consumer) {
      consumer.subscribe(
          List.of(topics.drift(), topics.requests(), topics.status(), topics.control()));
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
      String topic = record.topic();
      List<String> worth;
      if (topic.equals(topics.drift())) {
        worth = board.report(reports.decode(record.value()));
      } else if (topic.equals(topics.requests())) {
        worth = board.request(requests.decode(record.value()));
      } else if (topic.equals(topics.status())) {
        worth = board.status(statuses.decode(record.value()));
      } else {
        worth = board.control(controls.decode(record.value()), newestRequestMs.getAsLong());
      }
      worth.forEach(lines);
    } catch (MalformedRecordException e) {
      lines.accept(
          "%s-%d@%d cannot be read: %s"
              .formatted(record.topic(), record.partition(), record.offset(), e.getMessage()));
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
