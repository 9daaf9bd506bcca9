package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.KeyReader;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.schema.EventCodec;
import io.millrace.schema.Heartbeat;
import io.millrace.schema.SchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends recorded flights in the order of time, or each event up to a disorder late. */
final class FlightFeed implements AutoCloseable {
  static final int PARTITIONS = 2;
  static final String REQUESTS = "scheduled";

  private static final int EVENTS_A_HEARTBEAT = 1_000;

  /** An event and when it is sent, in event time. */
  private record Delayed(Event event, long sentMs) {}

  private final Definitions definitions;
  private final Duration disorder;
  private final Random random;
  private final MergedHistory past;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Map<String, EventCodec> codecs = new HashMap<>();
  private final Map<String, KeyReader> keys = new HashMap<>();
  private final Map<String, Event> last = new HashMap<>();
  private final Map<String, Long> sent = new TreeMap<>();
  private final PriorityQueue<Delayed> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Delayed::sentMs));
  private Event ahead;
  private long reachedMs;
  private long sinceHeartbeat;

  FlightFeed(
      Definitions definitions,
      String bootstrapServers,
      SchemaRegistry registry,
      Duration disorder,
      long seed) {
    this.definitions = definitions;
    this.disorder = disorder;
    this.random = new Random(seed);
    for (EventSource source : definitions.sources()) {
      EventCodec codec = new EventCodec(source, registry);
      codec.register();
      codecs.put(source.name(), codec);
      keys.put(source.name(), KeyReader.of(source.messageKey(), source.schema()));
    }
    this.past =
        MergedHistory.open(
            Stream.of(REQUESTS, "departed", "arrived").map(definitions::source).toList(),
            HistoryRange.all());
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 5),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /** Sends flights until so many more requests were among them. */
  void send(long requests) {
    long until = requests() + requests;
    while (requests() < until) {
      if (ahead == null) {
        assertThat(past.hasNext()).as("flights after %d requests", requests()).isTrue();
        ahead = past.next();
      }
      if (!waiting.isEmpty() && waiting.peek().sentMs() <= ahead.timeMs()) {
        Delayed next = waiting.remove();
        reachedMs = next.sentMs();
        send(next.event());
        if (++sinceHeartbeat == EVENTS_A_HEARTBEAT) {
          // What is still to come was sent later than it happened by less than the disorder.
          heartbeat(reachedMs - disorder.toMillis());
        }
      } else {
        long delayMs =
            disorder.isZero() ? 0 : (long) (random.nextDouble() * (disorder.toMillis() - 1));
        waiting.add(new Delayed(ahead, ahead.timeMs() + delayMs));
        ahead = null;
      }
    }
  }

  /**
   * Says that all has come of what happened until now, so that every request is answered.
   *
   * @return now, in event time: all events lie before, and what follows is late
   */
  long finish() {
    heartbeat(reachedMs + 1);
    producer.flush();
    return reachedMs + 1;
  }

  /** Says that time goes on, though nothing happens. */
  void beat() {
    reachedMs++;
    heartbeat(reachedMs + 1);
    producer.flush();
  }

  /** Sends the last event of a source again, as of another time and with another value. */
  void sendAgain(String source, long timeMs, String field, Object value) {
    EventSource definition = definitions.source(source);
    Values values = last.get(source).values().copy();
    values.setLong(definition.timeIndex(), timeMs);
    values.setBoxed(definition.schema().indexOf(field).orElseThrow(), value);
    reachedMs = Math.max(reachedMs, timeMs);
    send(new Event(source, timeMs, last.get(source).position(), values));
    producer.flush();
  }

  /** A value of the last event of a source. */
  Object last(String source, String field) {
    RowSchema schema = definitions.source(source).schema();
    int index = schema.indexOf(field).orElseThrow();
    return last.get(source).values().boxedAt(index, schema.field(index).type());
  }

  /** By source how many events were sent. */
  Map<String, Long> sent() {
    return Map.copyOf(sent);
  }

  long requests() {
    return sent.getOrDefault(REQUESTS, 0L);
  }

  @Override
  public void close() {
    past.close();
    producer.close();
  }

  private void send(Event event) {
    String key = keys.get(event.source()).keyTextOf(event.values());
    producer.send(
        new ProducerRecord<>(
            definitions.source(event.source()).topic(),
            Math.floorMod(key.hashCode(), PARTITIONS),
            key.getBytes(StandardCharsets.UTF_8),
            codecs.get(event.source()).encode(event.values())));
    sent.merge(event.source(), 1L, Long::sum);
    last.put(event.source(), event);
  }

  private void heartbeat(long timeMs) {
    sinceHeartbeat = 0;
    for (EventSource source : definitions.sources()) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        producer.send(
            new ProducerRecord<byte[], byte[]>(
                source.topic(),
                partition,
                (byte[]) null,
                null,
                List.of(new RecordHeader(Heartbeat.HEADER, Heartbeat.encode(timeMs)))));
      }
    }
  }
}
