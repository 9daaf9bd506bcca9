package io.millrace.benchmarks.engine;

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

/** One event of 100 keys whose windows of 1 h to 30 d are full, an event a minute and key. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FeatureCount {
  @Param({"1", "20", "200"})
  public int features;

  private KeyStates keys;

  @Setup
  public void fill() {
    // The 30 days of the longest window, every minute.
    keys = new KeyStates(Views.mixed(features), 100, 60_000, features == 1 ? 70 : 30 * 1_440 + 60);
  }

  @Benchmark
  public void event(Blackhole hole) {
    keys.next(hole);
  }

  /** What the intake does before. */
  @Benchmark
  public byte[] contribution() {
    return keys.contribution();
  }
}
