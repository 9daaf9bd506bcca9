package io.millrace.benchmarks.swap;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.benchmarks.Machine;
import io.millrace.inference.flink.ScoringOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code ./millrace bench swaps [FOLDER [SWAPS ROLLBACKS QUIET_SECONDS]]}: changes the model under
 * load, at about half and at about four fifths of what the machine can score, and writes {@code
 * swaps.md} and {@code swaps.json}. Ends with 1 if a prediction was lost, doubled or wrongly
 * labelled, or if a rollback took more than a second.
 */
public final class SwapBenchmark {
  private static final double[] LOADS = {0.5, 0.8};

  private SwapBenchmark() {}

  /**
   * @param arguments where the results go; how many swaps, rollbacks and seconds of quiet on either
   *     side; all optional
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments.length > 0 ? arguments[0] : "benchmarks/results");
    int swaps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
    int rollbacks = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 20;
    int quietSeconds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 15;
    Map<String, Object> machine = Machine.describe();

    System.err.println("training " + SwapModels.VERSIONS + " versions");
    SwapModels models = SwapModels.train(Files.createTempDirectory("millrace-swaps"));
    System.err.println("measuring what the machine can score");
    double alone = models.alone(ScoringOptions.defaults().maxBatch());
    SwapRun.Saturation before = SwapRun.saturation(models);
    double saturation = before.perSecond();
    System.err.printf(
        "the model alone scores %.0f a second in one thread, the job %.0f for %.2f us each%n",
        alone, saturation, before.processorMicros());
    List<Map<String, Object>> runs = new ArrayList<>();
    boolean right = true;
    for (double load : LOADS) {
      long intervalNanos = Math.max(1, Math.round(1e9 / (saturation * load)));
      System.err.printf("%.0f of %.0f requests a second%n", 1e9 / intervalNanos, saturation);
      SwapRun run = SwapRun.at(models, intervalNanos, swaps, rollbacks, quietSeconds);
      Map<String, Object> summary = SwapReport.summary(run, intervalNanos, saturation);
      right &= SwapReport.isRight(summary);
      runs.add(summary);
    }

    SwapRun.Saturation after = SwapRun.saturation(models);

    Map<String, Object> all = new LinkedHashMap<>();
    all.put("machine", machine);
    all.put("command", ("./millrace bench swaps " + String.join(" ", arguments)).trim());
    all.put("treesOfVersions", models.rounds());
    all.put("modelAlonePerSecondAndThread", Math.round(alone));
    all.put("saturationPerSecond", Math.round(saturation));
    all.put("saturationProcessorMicros", Math.round(100 * before.processorMicros()) / 100.0);
    all.put("saturationAfterwardsPerSecond", Math.round(after.perSecond()));
    all.put("subtasks", SwapRun.PARALLELISM);
    all.put("bufferTimeoutMs", SwapJob.BUFFER_TIMEOUT.toMillis());
    all.put("checkpointIntervalMs", SwapJob.CHECKPOINT_INTERVAL.toMillis());
    all.put("runs", runs);
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("swaps.json"),
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(all)
            + "\n");
    String markdown = SwapReport.markdown(all);
    Files.writeString(folder.resolve("swaps.md"), markdown);
    System.out.println(markdown);
    System.out.flush();
    System.exit(right ? 0 : 1);
  }
}
