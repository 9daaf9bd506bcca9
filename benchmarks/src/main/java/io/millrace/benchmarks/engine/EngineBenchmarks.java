package io.millrace.benchmarks.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.benchmarks.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * {@code ./millrace bench engine [FOLDER [PATTERN]]}: runs the benchmarks of this package whose
 * name matches and writes {@code engine.md} and {@code engine.json}.
 */
public final class EngineBenchmarks {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private EngineBenchmarks() {}

  /**
   * @param arguments where the results go, and a regular expression of names; both optional
   */
  public static void main(String[] arguments) throws RunnerException, IOException {
    Path folder = Path.of(arguments.length > 0 ? arguments[0] : "benchmarks/results");
    String pattern = arguments.length > 1 ? arguments[1] : "";
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include("io\\.millrace\\.benchmarks\\.engine\\..*" + pattern)
                    .forks(1)
                    .warmupIterations(3)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(5)
                    .measurementTime(TimeValue.seconds(1))
                    .jvmArgsAppend("-Xms2g", "-Xmx4g", "-XX:+UseSerialGC")
                    .addProfiler(GCProfiler.class)
                    .build())
            .run();
    List<Map<String, Object>> rows = new ArrayList<>();
    StringBuilder table =
        new StringBuilder("| benchmark | with | ns an event | ± | bytes allocated an event |\n");
    table.append("|---|---|---|---|---|\n");
    for (RunResult run : results) {
      String name = run.getParams().getBenchmark();
      name = name.substring("io.millrace.benchmarks.engine.".length());
      Map<String, String> with = new LinkedHashMap<>();
      run.getParams().getParamsKeys().forEach(key -> with.put(key, run.getParams().getParam(key)));
      Result<?> time = run.getPrimaryResult();
      double bytes = allocated(run);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("benchmark", name);
      row.put("with", with);
      row.put("nsAnEvent", time.getScore());
      row.put("error", time.getScoreError());
      row.put("bytesAnEvent", bytes);
      rows.add(row);
      table.append(
          "| %s | %s | %.0f | %.0f | %.0f |%n"
              .formatted(
                  name,
                  with.toString().replaceAll("[{}]", ""),
                  time.getScore(),
                  time.getScoreError(),
                  bytes));
    }
    Map<String, Object> all = new LinkedHashMap<>(Machine.describe());
    all.put("command", "./millrace bench engine");
    all.put("results", rows);
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("engine.md"), table);
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(folder.resolve("engine.json").toFile(), all);
    System.out.println(table);
  }

  private static double allocated(RunResult run) {
    return run.getSecondaryResults().entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(ALLOCATED))
        .mapToDouble(entry -> entry.getValue().getScore())
        .findFirst()
        .orElse(Double.NaN);
  }
}
