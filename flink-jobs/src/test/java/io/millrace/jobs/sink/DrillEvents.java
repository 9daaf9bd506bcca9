package io.millrace.jobs.sink;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.StoredEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.apache.flink.connector.datagen.source.GeneratorFunction;

/** Arrivals that are functions of their number, so that a row tells what it must be. */
final class DrillEvents implements GeneratorFunction<Long, StoredEvent> {
  static final int PARTITIONS = 4;

  private static final long serialVersionUID = 1;
  private static final long START_MS = Instant.parse("2013-01-01T00:00:00Z").toEpochMilli();
  private static final long HOUR_MS = 3_600_000;
  private static final long DAYS_MS = 3 * 24 * HOUR_MS;

  private final DefinitionSet definitions;
  private final long count;
  private transient EventSource source;
  private transient int index;

  /**
   * @param count how many there are; they lie in some three days
   */
  DrillEvents(long count) throws IOException, DefinitionException {
    this.definitions =
        DefinitionSet.read(Path.of("..", "feature-definitions", "flights"), Map.of());
    this.count = count;
  }

  DefinitionSet definitions() {
    return definitions;
  }

  EventSource source() {
    if (source == null) {
      source = definitions.definitions().source("arrived");
      index = definitions.definitions().sources().indexOf(source);
    }
    return source;
  }

  @Override
  public StoredEvent map(Long number) {
    EventSource arrived = source();
    Values values = values(number);
    long timeMs = timeMs(number);
    Position position =
        new Position(arrived.topic(), (int) (number % PARTITIONS), number / PARTITIONS);
    return new StoredEvent(
        index, new Event(arrived.name(), timeMs, position, values), timeMs + number % 1_000);
  }

  /** Which it is, by where it was read. */
  static long numberOf(long partition, long offset) {
    return offset * PARTITIONS + partition;
  }

  Values values(long n) {
    Values values = new Values(source().schema().size());
    values.setLong(0, timeMs(n));
    values.setLong(1, n);
    values.setLong(2, timeMs(n) - n % HOUR_MS);
    values.setText(3, "C" + n % 17);
    values.setLong(4, n % 9_000);
    if (n % 13 != 0) {
      values.setText(5, "N" + mixed(n) % 5_000);
    }
    values.setText(6, "O" + mixed(n) % 300);
    values.setText(7, "D" + n % 301);
    if (n % 7 != 0) {
      values.setLong(8, mixed(n) % 400 - 60);
    }
    if (n % 11 != 0) {
      values.setLong(9, n % 90);
    }
    values.setBoolean(10, n % 53 == 0);
    values.setBoolean(11, n % 59 == 0);
    return values;
  }

  /** Three days forward, each an hour early or late. */
  private long timeMs(long n) {
    return START_MS + n * DAYS_MS / count + mixed(n) % HOUR_MS;
  }

  private static long mixed(long n) {
    long x = (n + 1) * 0x9E3779B97F4A7C15L;
    return (x ^ (x >>> 29)) >>> 1;
  }
}
