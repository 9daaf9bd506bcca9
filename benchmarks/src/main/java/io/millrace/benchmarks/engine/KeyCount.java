package io.millrace.benchmarks.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * One day by half hours, an event a half hour and key: do more keys matter, but for the caches?
 * Five features.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeyCount {
  @Param({"1", "100", "10000", "100000"})
  public int keyCount;

  private KeyStates keys;

  @Setup
  public void fill() {
    keys =
        new KeyStates(
            Views.five(Duration.ofDays(1), Duration.ofMinutes(30)), keyCount, 30 * 60_000, 60);
  }

  @Benchmark
  public void event(Blackhole hole) {
    keys.next(hole);
  }
}
