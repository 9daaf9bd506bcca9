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

/** No tiles: each event of the last day is kept. Five features, 10 keys. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ExactWindow {
  @Param({"10", "100", "1000", "10000"})
  public int eventsInWindow;

  private KeyStates keys;

  @Setup
  public void fill() {
    double gapMs = Duration.ofDays(1).toMillis() / (double) eventsInWindow;
    keys = new KeyStates(Views.fiveExact(Duration.ofDays(1)), 10, gapMs, eventsInWindow + 10);
  }

  @Benchmark
  public void event(Blackhole hole) {
    keys.next(hole);
  }
}
