package io.millrace.benchmarks.engine;

import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.definition.SourceBuilder;
import io.millrace.feature.definition.ViewBuilder;
import io.millrace.feature.window.Reading;
import io.millrace.feature.window.RowMaker;
import io.millrace.feature.window.ViewAggregator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Keys whose windows are full, and one event after the other for each in turn: all that the feature
 * operator asks of the engine for an event. Not thread-safe.
 */
final class KeyStates {
  private static final long START_MS = 1_704_067_200_000L;
  private static final int INPUTS = 1024;
  private static final int DOUBLES = 10;
  private static final int SHOPS = 50;
  private static final String AVRO =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "a0", "type": "double"}, {"name": "a1", "type": "double"},
        {"name": "a2", "type": "double"}, {"name": "a3", "type": "double"},
        {"name": "a4", "type": "double"}, {"name": "a5", "type": "double"},
        {"name": "a6", "type": "double"}, {"name": "a7", "type": "double"},
        {"name": "a8", "type": "double"}, {"name": "a9", "type": "double"},
        {"name": "shop", "type": "string"},
        {"name": "vector", "type": {"type": "array", "items": "double"}}]}
      """;
  private static final RowSchema SCHEMA =
      SourceBuilder.named("payments").schema(AVRO).eventTime("at").build().schema();

  private final ViewAggregator aggregator;
  private final RowMaker maker;
  private final byte[][] states;
  private final Reading[] readings;
  private final byte[][] inputs = new byte[INPUTS][];
  private final Values[] events = new Values[INPUTS];
  private final double gapMs;
  private long number;

  /**
   * @param features without entity and source, which are given here
   * @param gapMs from an event of a key to its next
   * @param eventsAhead how many events of each key fill its windows
   */
  KeyStates(ViewBuilder features, int keys, double gapMs, int eventsAhead) {
    FeatureView view = features.entity("card").source("payments").build();
    this.aggregator = ViewAggregator.of(view, SCHEMA);
    this.maker = aggregator.rowMaker();
    this.states = new byte[keys][];
    this.readings = new Reading[keys];
    this.gapMs = gapMs;
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < INPUTS; i++) {
      Values event = new Values(SCHEMA.size());
      event.setText(0, "card-1");
      event.setLong(1, START_MS);
      for (int column = 2; column < 2 + DOUBLES; column++) {
        event.setDouble(column, random.nextInt(1 << 16) / 100.0);
      }
      event.setText(2 + DOUBLES, "shop-" + (i * 7919 & 0xFFFF) % SHOPS);
      double first = event.doubleAt(2);
      event.setList(
          3 + DOUBLES, IntStream.range(0, Views.VECTOR).mapToObj(at -> first + at).toList());
      events[i] = event;
      inputs[i] = aggregator.contribution(event);
    }
    for (int key = 0; key < keys; key++) {
      byte[] state = ViewAggregator.EMPTY;
      for (int i = 0; i < eventsAhead; i++) {
        long atMs = timeMs((long) i * keys + key);
        state = aggregator.add(state, atMs, i, inputs[i & (INPUTS - 1)]);
        if ((i & 63) == 0) {
          state = aggregator.expire(state, atMs + 1);
        }
      }
      states[key] = state;
      readings[key] = maker.reading();
    }
    number = (long) eventsAhead * keys;
  }

  private long timeMs(long event) {
    return START_MS + (long) (event / states.length * gapMs);
  }

  /** The next event, of the next key. */
  void next(Blackhole hole) {
    int key = (int) (number % states.length);
    long atMs = timeMs(number);
    Reading reading = readings[key];
    byte[] input = inputs[(int) (number & (INPUTS - 1))];
    byte[] added = maker.add(states[key], atMs, number, input, reading);
    number++;
    byte[] kept = maker.row(added, atMs + 1, feature -> {}, reading);
    hole.consume(reading.row());
    hole.consume(reading.sequence());
    hole.consume(reading.lastEventMs());
    hole.consume(reading.nextChangeMs());
    states[key] = kept;
  }

  /** What the intake does for an event: columns become inputs. */
  byte[] contribution() {
    return aggregator.contribution(events[(int) (number++ & (INPUTS - 1))]);
  }

  /** Of the mean key. */
  long bytesAKey() {
    long sum = 0;
    for (byte[] state : states) {
      sum += state.length;
    }
    return sum / states.length;
  }
}
