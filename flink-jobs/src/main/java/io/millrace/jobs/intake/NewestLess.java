package io.millrace.jobs.intake;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.util.clock.RelativeClock;

/**
 * How far one partition has come: its newest record's time less the disorder. Until its first
 * record it holds the others back, for a while only.
 */
final class NewestLess<T> implements WatermarkGenerator<T> {
  private final long disorderMs;
  private final Unheard unheard;
  private long newestMs = Long.MIN_VALUE;

  NewestLess(long disorderMs, Duration idleness, RelativeClock clock) {
    this.disorderMs = disorderMs;
    this.unheard = new Unheard(idleness, clock);
  }

  @Override
  public void onEvent(T record, long timeMs, WatermarkOutput output) {
    newestMs = Math.max(newestMs, timeMs);
  }

  @Override
  public void onPeriodicEmit(WatermarkOutput output) {
    if (newestMs != Long.MIN_VALUE) {
      output.emitWatermark(new Watermark(newestMs - disorderMs - 1));
    } else if (unheard.tooLong()) {
      output.markIdle();
    }
  }
}
