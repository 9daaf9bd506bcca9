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

/** Tiles of a minute whatever the length, an event a minute: five features, 10 keys. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WindowLengthAtOneMinute {
  @Param({"PT1H", "P1D", "P7D", "P30D"})
  public String window;

  private KeyStates keys;

  @Setup
  public void fill() {
    Duration length = Duration.parse(window);
    int minutes = (int) length.toMinutes();
    keys = new KeyStates(Views.five(length, Duration.ofMinutes(1)), 10, 60_000, minutes + 10);
  }

  @Benchmark
  public void event(Blackhole hole) {
    keys.next(hole);
  }
}
