package io.millrace.benchmarks.jobs;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.benchmarks.Machine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code ./millrace bench jobs [FOLDER [SECONDS [FILL-SECONDS [JOB,...]]]]}: every job on RocksDB
 * and on the heap, one after the other, each in a process of its own on one core, and writes {@code
 * jobs.md} and {@code jobs.json}.
 *
 * <p>Rates are payments for a second of CPU time of the whole process: what a core does when nobody
 * else is on it. The rate by the clock stands beside it, and is the same on a machine at rest.
 */
public final class Comparison {
  private static final Workload WORKLOAD = new Workload(500, 24, 1, 7);
  private static final String RESULT = "RESULT ";
  private static final List<String> BACKENDS = List.of("rocksdb", "hashmap");

  private Comparison() {}

  /**
   * @param arguments where the results go, how long to measure a job, how long to fill its windows
   *     at most, which jobs; all optional
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Path.of(arguments.length > 0 ? arguments[0] : "benchmarks/results");
    String seconds = arguments.length > 1 ? arguments[1] : "20";
    String fillSeconds = arguments.length > 2 ? arguments[2] : "120";
    List<JobUnderTest> jobs = new ArrayList<>(List.of(JobUnderTest.values()));
    if (arguments.length > 3) {
      jobs = List.of(arguments[3].split(",")).stream().map(JobUnderTest::of).toList();
    }
    Files.createDirectories(folder);
    List<Map<String, Object>> results = new ArrayList<>();
    for (String backend : BACKENDS) {
      for (JobUnderTest job : jobs) {
        System.err.println("measuring " + job.word() + " on " + backend);
        results.add(measure(job, backend, fillSeconds, seconds));
        // After each, since the whole takes its time.
        write(folder, results);
      }
    }
    System.out.println(Files.readString(folder.resolve("jobs.md")));
  }

  private static Map<String, Object> measure(
      JobUnderTest job, String backend, String fillSeconds, String seconds)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/taskset"))) {
      command.addAll(List.of("taskset", "-c", "0"));
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx3g",
            "-XX:+UseSerialGC",
            "-Dlog4j2.level=ERROR",
            "-Dmillrace.home=" + System.getProperty("millrace.home", "."),
            "-cp",
            System.getProperty("java.class.path"),
            "io.millrace.benchmarks.Benchmarks",
            "job",
            job.word(),
            backend,
            Integer.toString(WORKLOAD.keys()),
            Double.toString(WORKLOAD.perKeyDay()),
            Double.toString(WORKLOAD.skew()),
            Long.toString(WORKLOAD.seed()),
            job.canBeFilled() ? fillSeconds : "60",
            seconds));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    StringBuilder output = new StringBuilder();
    Map<String, Object> result = new LinkedHashMap<>();
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(RESULT)) {
          result =
              new ObjectMapper()
                  .readValue(line.substring(RESULT.length()), new TypeReference<>() {});
        } else {
          output.append(line).append('\n');
        }
      }
    }
    if (process.waitFor() != 0 || result.isEmpty()) {
      System.err.println(output);
      result.put("job", job.word());
      result.put("backend", backend);
      result.put("failed", true);
    } else {
      System.err.println(result);
    }
    return result;
  }

  private static void write(Path folder, List<Map<String, Object>> results) throws IOException {
    StringBuilder table =
        new StringBuilder(
            "| job | state | payments/s a core | by the clock | rows a payment | of the ceiling |"
                + " times OVER 7 d | times HOP | KB allocated a payment | window filled |\n"
                + "|---|---|---|---|---|---|---|---|---|---|\n");
    for (Map<String, Object> result : results) {
      String title = JobUnderTest.of((String) result.get("job")).title();
      if (result.containsKey("failed")) {
        table.append("| %s | %s | failed |%n".formatted(title, result.get("backend")));
        continue;
      }
      double rate = rate(result);
      double events = number(result, "events");
      table.append(
          "| %s | %s | %s | %s | %.2f | %s | %s | %s | %.1f | %.0f %% |%n"
              .formatted(
                  title,
                  result.get("backend"),
                  "%,.0f".formatted(rate),
                  "%,.0f".formatted(events / number(result, "seconds")),
                  number(result, "outputs") / events,
                  ratio(results, result, JobUnderTest.READ_WRITE_2KB, "%.3f"),
                  ratio(results, result, JobUnderTest.SQL_OVER_7D, "%.1f"),
                  ratio(results, result, JobUnderTest.SQL_HOP_7D, "%.1f"),
                  number(result, "allocatedBytes") / events / 1024,
                  100 * number(result, "windowFilled")));
    }
    Map<String, Object> all = new LinkedHashMap<>(Machine.describe());
    all.put("command", "./millrace bench jobs");
    all.put("workload", WORKLOAD);
    all.put("results", results);
    Files.writeString(folder.resolve("jobs.md"), table);
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(folder.resolve("jobs.json").toFile(), all);
  }

  private static String ratio(
      List<Map<String, Object>> results,
      Map<String, Object> result,
      JobUnderTest to,
      String format) {
    return results.stream()
        .filter(other -> other.get("job").equals(to.word()))
        .filter(other -> other.get("backend").equals(result.get("backend")))
        .filter(other -> !other.containsKey("failed"))
        .findFirst()
        .map(other -> format.formatted(rate(result) / rate(other)))
        .orElse("");
  }

  private static double rate(Map<String, Object> result) {
    return number(result, "events") / number(result, "cpuSeconds");
  }

  private static double number(Map<String, Object> result, String name) {
    return ((Number) result.get(name)).doubleValue();
  }
}
