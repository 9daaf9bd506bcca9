package io.millrace.benchmarks;

import io.millrace.benchmarks.engine.EngineBenchmarks;
import io.millrace.benchmarks.jobs.Comparison;
import io.millrace.benchmarks.jobs.JobRun;
import io.millrace.benchmarks.jobs.StateSizes;
import io.millrace.benchmarks.offline.OfflineBenchmark;
import io.millrace.benchmarks.serve.ServeBenchmark;
import io.millrace.benchmarks.swap.SwapBenchmark;
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

  private static final Map<String, Benchmark> BENCHMARKS =
      new TreeMap<>(
          Map.of(
              "engine",
              EngineBenchmarks::main,
              "hot-frames",
              HotFrames::main,
              "job",
              JobRun::main,
              "jobs",
              Comparison::main,
              "serve",
              ServeBenchmark::main,
              "offline",
              OfflineBenchmark::main,
              "state-sizes",
              StateSizes::main,
              "swaps",
              SwapBenchmark::main));

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
