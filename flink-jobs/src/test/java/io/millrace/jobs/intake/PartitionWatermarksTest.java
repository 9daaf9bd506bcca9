package io.millrace.jobs.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.Test;

/** When a partition holds back the others, and when not. */
class PartitionWatermarksTest {
  private final AtomicLong nowMs = new AtomicLong(5_000);
  private final IdlePartitions idle = new IdlePartitions().shownIn(new UnregisteredMetricsGroup());
  private final List<String> said = new ArrayList<>();
  private final RelativeClock clock =
      new RelativeClock() {
        @Override
        public long relativeTimeMillis() {
          return nowMs.get();
        }

        @Override
        public long relativeTimeNanos() {
          return Duration.ofMillis(nowMs.get()).toNanos();
        }
      };
  private final WatermarkOutput output =
      new WatermarkOutput() {
        @Override
        public void emitWatermark(Watermark watermark) {
          said.add("watermark " + watermark.getTimestamp());
        }

        @Override
        public void markIdle() {
          said.add("idle");
        }

        @Override
        public void markActive() {
          said.add("active");
        }
      };

  @Test
  void shouldLeaveOutASilentPartitionUntilItsNextRecord() {
    var watermarks =
        new PartitionWatermarks(List.of(source(Optional.of(Duration.ofMinutes(1)))), clock, idle);
    watermarks.onEvent(good(0, 500), 500, output);
    nowMs.addAndGet(59_999);
    watermarks.onPeriodicEmit(output);
    assertThat(said).containsExactly("watermark 489");
    assertThat(idle.now()).isZero();

    nowMs.addAndGet(1);
    watermarks.onPeriodicEmit(output);
    assertThat(said).endsWith("idle");
    assertThat(idle.now()).isEqualTo(1);

    watermarks.onEvent(good(0, 400), 400, output); // late, and heard all the same
    watermarks.onPeriodicEmit(output);
    assertThat(said).endsWith("idle", "active", "watermark 489");
    assertThat(idle.now()).isZero();
  }

  @Test
  void shouldWaitForASilentPartitionForEverUnlessItsSourceSaysOtherwise() {
    List<EventSource> sources =
        List.of(source(Optional.of(Duration.ofMinutes(1))), source(Optional.empty()));
    var heard = new PartitionWatermarks(sources, clock, idle);
    var unheard = new PartitionWatermarks(sources, clock, idle);
    heard.onEvent(good(1, 500), 500, output);
    nowMs.addAndGet(Duration.ofDays(9).toMillis());
    heard.onPeriodicEmit(output);
    unheard.onPeriodicEmit(output);
    assertThat(said).containsExactly("watermark 489");
  }

  @Test
  void shouldLeaveOutAPartitionThatNeverHadARecordIfAllSourcesSaySo() {
    var watermarks =
        new PartitionWatermarks(
            List.of(
                source(Optional.of(Duration.ofMinutes(1))),
                source(Optional.of(Duration.ofMinutes(2)))),
            clock,
            idle);
    nowMs.addAndGet(119_999);
    watermarks.onPeriodicEmit(output);
    assertThat(said).isEmpty();
    nowMs.addAndGet(1);
    watermarks.onPeriodicEmit(output);
    assertThat(said).containsExactly("idle");
  }

  @Test
  void shouldNotBeMovedByADeadRecordBeItAChangeToo() {
    var watermarks = new PartitionWatermarks(List.of(source(Optional.empty())), clock, idle);
    SourceRecord dead =
        new SourceRecord.Dead(
            new DeadLetter(
                "payments", new Position("payments", 0, 2), 1, "future", "", new byte[0]));
    watermarks.onEvent(good(0, 500), 500, output);
    watermarks.onEvent(dead, Long.MIN_VALUE, output);
    SourceRecord change =
        new SourceRecord.Change(
            0, Optional.of(((SourceRecord.Good) good(0, 300)).event()), Optional.of(dead), 1);
    watermarks.onEvent(change, 300, output);
    watermarks.onPeriodicEmit(output);
    assertThat(said).containsExactly("watermark 489");
    assertThat(PartitionWatermarks.timestampOf(change)).isEqualTo(300);
  }

  private static EventSource source(Optional<Duration> idle) {
    return new EventSource(
        "payments",
        "payments",
        new RowSchema("payment", List.of(Field.required("at", ValueType.TIMESTAMP))),
        "",
        new EventTime("at", Duration.ofMillis(10), Duration.ZERO, Optional.empty(), idle),
        List.of(),
        Optional.empty(),
        List.of());
  }

  private static SourceRecord good(int source, long atMs) {
    Position position = new Position("payments", 0, atMs);
    return new SourceRecord.Good(
        source, new Event("payments", atMs, position, Values.of(Instant.ofEpochMilli(atMs))), atMs);
  }
}
