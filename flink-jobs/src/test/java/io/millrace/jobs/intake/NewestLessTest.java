package io.millrace.jobs.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.Test;

class NewestLessTest {
  private final AtomicLong nowMs = new AtomicLong(5000);
  private final List<String> said = new ArrayList<>();
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

  @Test
  void shouldHoldOthersBackForAWhileOnlyIfNothingWasEverHeard() {
    var watermarks = new NewestLess<String>(10, Duration.ofMinutes(1), clock);
    nowMs.addAndGet(59_999);
    watermarks.onPeriodicEmit(output);
    assertThat(said).isEmpty();
    nowMs.addAndGet(1);
    watermarks.onPeriodicEmit(output);
    assertThat(said).containsExactly("idle");
  }

  @Test
  void shouldNeverBeIdleOnceHeardHoweverLongTheSilence() {
    var watermarks = new NewestLess<String>(10, Duration.ofMinutes(1), clock);
    watermarks.onEvent("b", 500, output);
    watermarks.onEvent("a", 300, output);
    nowMs.addAndGet(Duration.ofDays(1).toMillis());
    watermarks.onPeriodicEmit(output);
    assertThat(said).containsExactly("watermark 489");
  }

  @Test
  void shouldKeepTheWatermarksOfASourceAndAddIdleness() {
    var watermarks =
        new UnlessUnheard<>(
            new NewestLess<String>(10, Duration.ofDays(1), clock), Duration.ofMinutes(1), clock);
    nowMs.addAndGet(60_000);
    watermarks.onPeriodicEmit(output);
    watermarks.onEvent("a", 300, output);
    watermarks.onPeriodicEmit(output);
    assertThat(said).containsExactly("idle", "watermark 289");
  }
}
