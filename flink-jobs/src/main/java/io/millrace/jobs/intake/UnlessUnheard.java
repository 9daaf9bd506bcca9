package io.millrace.jobs.intake;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.util.clock.RelativeClock;

/** Another's watermarks, and idle where no record has come for a while since the start. */
final class UnlessUnheard<T> implements WatermarkGenerator<T> {
  private final WatermarkGenerator<T> watermarks;
  private final Unheard unheard;
  private boolean heard;

  UnlessUnheard(WatermarkGenerator<T> watermarks, Duration idleness, RelativeClock clock) {
    this.watermarks = watermarks;
    this.unheard = new Unheard(idleness, clock);
  }

  @Override
  public void onEvent(T record, long timeMs, WatermarkOutput output) {
    heard = true;
    watermarks.onEvent(record, timeMs, output);
  }

  @Override
  public void onPeriodicEmit(WatermarkOutput output) {
    watermarks.onPeriodicEmit(output);
    if (!heard && unheard.tooLong()) {
      output.markIdle();
    }
  }
}
