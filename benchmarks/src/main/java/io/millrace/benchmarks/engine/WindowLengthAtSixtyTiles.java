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

/** Does the length matter? Five features, 60 tiles a window, four events a tile. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WindowLengthAtSixtyTiles {
  @Param({"PT1H", "P1D", "P7D", "P30D"})
  public String window;

  private KeyStates keys;

  @Setup
  public void fill() {
    Duration length = Duration.parse(window);
    keys =
        new KeyStates(
            Views.five(length, length.dividedBy(60)), 100, length.toMillis() / 240.0, 300);
  }

  @Benchmark
  public void event(Blackhole hole) {
    keys.next(hole);
  }
}
