package io.millrace.jobs.intake;

import io.millrace.jobs.DefinitionSet;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;

/**
 * How far one partition has come: the newest event's time less the source's disorder, or what a
 * heartbeat says, whichever is more. Dead records move nothing.
 */
final class PartitionWatermarks implements WatermarkGenerator<SourceRecord> {
  private final long[] disorderMs;
  private long reachedMs = Long.MIN_VALUE;

  private PartitionWatermarks(long[] disorderMs) {
    this.disorderMs = disorderMs;
  }

  static WatermarkGeneratorSupplier<SourceRecord> of(DefinitionSet definitions) {
    return context ->
        new PartitionWatermarks(
            definitions.definitions().sources().stream()
                .mapToLong(source -> source.time().disorder().toMillis())
                .toArray());
  }

  @Override
  public void onEvent(SourceRecord record, long timestampMs, WatermarkOutput output) {
    if (record instanceof SourceRecord.Good good) {
      reachedMs = Math.max(reachedMs, good.event().timeMs() - disorderMs[good.source()]);
    } else if (record instanceof SourceRecord.Beat beat) {
      reachedMs = Math.max(reachedMs, beat.timeMs());
    }
  }

  @Override
  public void onPeriodicEmit(WatermarkOutput output) {
    if (reachedMs != Long.MIN_VALUE) {
      output.emitWatermark(new Watermark(reachedMs - 1));
    }
  }

  /** The time that a record carries in the stream; dead ones carry none that matters. */
  static long timestampOf(SourceRecord record) {
    if (record instanceof SourceRecord.Good good) {
      return good.event().timeMs();
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
