package io.millrace.jobs.intake;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.jobs.DefinitionSet;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.util.clock.RelativeClock;

/**
 * How far one partition has come: the newest event's time less the source's disorder, or what a
 * heartbeat says, whichever is more. Dead records move nothing, so that an event from the future
 * makes none of the others late.
 *
 * <p>A partition that was silent for as long as its source's {@code idle} holds back nobody until
 * its next record, which may then be late. The clock stands still while the partition waits for
 * slower ones. One without a record since the start is of no known source: it is idle after the
 * longest {@code idle} of all sources, and never if one has none. Not thread-safe.
 */
final class PartitionWatermarks implements WatermarkGenerator<SourceRecord> {
  private static final long NEVER = Long.MAX_VALUE;

  private final long[] disorderMs;
  private final long[] idleNanos;
  private final RelativeClock clock;
  private final IdlePartitions idlePartitions;
  private long reachedMs = Long.MIN_VALUE;
  private long heardNanos;
  private long idleAfterNanos;
  private boolean idle;

  PartitionWatermarks(
      List<EventSource> sources, RelativeClock clock, IdlePartitions idlePartitions) {
    this.disorderMs = sources.stream().mapToLong(s -> s.time().disorder().toMillis()).toArray();
    this.idleNanos =
        sources.stream()
            .mapToLong(s -> s.time().idle().map(Duration::toNanos).orElse(NEVER))
            .toArray();
    this.clock = clock;
    this.idlePartitions = idlePartitions;
    this.heardNanos = clock.relativeTimeNanos();
    this.idleAfterNanos = Arrays.stream(idleNanos).max().orElse(NEVER);
  }

  static WatermarkGeneratorSupplier<SourceRecord> of(DefinitionSet definitions) {
    IdlePartitions idlePartitions = new IdlePartitions();
    return context ->
        new PartitionWatermarks(
            definitions.definitions().sources(),
            context.getInputActivityClock(),
            idlePartitions.shownIn(context.getMetricGroup()));
  }

  @Override
  public void onEvent(SourceRecord record, long timestampMs, WatermarkOutput output) {
    heardNanos = clock.relativeTimeNanos();
    if (idle) {
      idle = false;
      idlePartitions.oneLess();
      output.markActive(); // whether or not the record moves the watermark
    }
    if (record instanceof SourceRecord.Good good) {
      reached(good.source(), good.event());
    } else if (record instanceof SourceRecord.Recorded) {
      idleAfterNanos = NEVER; // its reader says how far it has come, and it is never silent
    } else if (record instanceof SourceRecord.Change change) {
      change.before().ifPresent(event -> reached(change.source(), event));
      change.after().ifPresent(after -> onEvent(after, timestampMs, output));
    } else if (record instanceof SourceRecord.Beat beat) {
      reachedMs = Math.max(reachedMs, beat.timeMs());
    }
  }

  private void reached(int source, Event event) {
    reachedMs = Math.max(reachedMs, event.timeMs() - disorderMs[source]);
    idleAfterNanos = idleNanos[source];
  }

  @Override
  public void onPeriodicEmit(WatermarkOutput output) {
    if (!idle
        && idleAfterNanos != NEVER
        && clock.relativeTimeNanos() - heardNanos >= idleAfterNanos) {
      idle = true;
      idlePartitions.oneMore();
    }
    if (idle) {
      output.markIdle();
    } else if (reachedMs != Long.MIN_VALUE) {
      output.emitWatermark(new Watermark(reachedMs - 1));
    }
  }

  /** The time that a record carries in the stream; dead ones carry none that matters. */
  static long timestampOf(SourceRecord record) {
    if (record instanceof SourceRecord.Good good) {
      return good.event().timeMs();
    }
    if (record instanceof SourceRecord.Recorded recorded) {
      return recorded.event().timeMs();
    }
    if (record instanceof SourceRecord.Change change) {
      Optional<Long> before = change.before().map(Event::timeMs);
      return Math.max(
          before.orElse(Long.MIN_VALUE),
          change.after().map(PartitionWatermarks::timestampOf).orElse(Long.MIN_VALUE));
    }
    if (record instanceof SourceRecord.Beat beat) {
      return beat.timeMs();
    }
    return Long.MIN_VALUE;
  }

  /** The topics of all sources. */
  static List<String> topicsOf(DefinitionSet definitions) {
    return definitions.definitions().sources().stream().map(s -> s.topic()).distinct().toList();
  }
}
