package io.millrace.benchmarks;

import io.millrace.benchmarks.engine.EngineBenchmarks;
import io.millrace.benchmarks.engine.EngineCpuTime;
import io.millrace.benchmarks.engine.FlightStates;
import io.millrace.benchmarks.jobs.Comparison;
import io.millrace.benchmarks.jobs.JobRun;
import io.millrace.benchmarks.jobs.StateSizes;
import io.millrace.benchmarks.offline.OfflineBenchmark;
import io.millrace.benchmarks.online.RedisMemory;
import io.millrace.benchmarks.serve.ServeBenchmark;
import io.millrace.benchmarks.swap.SwapBenchmark;
import io.millrace.benchmarks.trainingset.TrainingSetBenchmark;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code ./millrace bench NAME [OPTIONS]}: runs one benchmark. Not part of any build; a number
 * means something only on a machine that does nothing else.
 */
public final class Benchmarks {
  /** One benchmark; what it does with its options is its own affair. */
  private interface Benchmark {
    void run(String[] options) throws Exception;
  }

  private static final Map<String, Benchmark> BENCHMARKS = new TreeMap<>();

  static {
    BENCHMARKS.put("engine", EngineBenchmarks::main);
    BENCHMARKS.put("engine-cpu", EngineCpuTime::main);
    BENCHMARKS.put("flight-states", FlightStates::main);
    BENCHMARKS.put("hot-frames", HotFrames::main);
    BENCHMARKS.put("job", JobRun::main);
    BENCHMARKS.put("jobs", Comparison::main);
    BENCHMARKS.put("offline", OfflineBenchmark::main);
    BENCHMARKS.put("redis-memory", RedisMemory::main);
    BENCHMARKS.put("serve", ServeBenchmark::main);
    BENCHMARKS.put("state-sizes", StateSizes::main);
    BENCHMARKS.put("swaps", SwapBenchmark::main);
    BENCHMARKS.put("training-set", TrainingSetBenchmark::main);
  }

  private Benchmarks() {}

  public static void main(String[] arguments) throws Exception {
    Benchmark benchmark = arguments.length == 0 ? null : BENCHMARKS.get(arguments[0]);
    if (benchmark == null) {
      System.err.println(
          "usage: millrace bench NAME [OPTIONS], where NAME is one of "
              + String.join(", ", BENCHMARKS.keySet()));
      System.exit(2);
      return;
    }
    benchmark.run(Arrays.copyOfRange(arguments, 1, arguments.length));
  }
}
