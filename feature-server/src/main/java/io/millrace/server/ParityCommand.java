package io.millrace.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parity.Parity;
import io.millrace.offline.parity.ParityReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace parity}. */
@Command(
    name = "parity",
    description =
        "Recompute served vectors from the stored events by a scan of every event, and compare.",
    footer = {
      "",
      "Ends with 1 if any vector differs.",
      "",
      "Example:",
      "  millrace parity --definitions feature-definitions/flights --service delay_v1 \\",
      "    --store .millrace/demo-nyc/offline --sample 10000"
    })
final class ParityCommand implements Callable<Integer> {
  private static final int SHOWN = 10;

  @Option(
      names = "--definitions",
      required = true,
      paramLabel = "DIR",
      description = "The definition files.")
  private Path folder;

  @Option(
      names = "--service",
      required = true,
      paramLabel = "NAME",
      description = "The feature service whose predictions are checked.")
  private String service;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The root of the offline store.")
  private Path store;

  @Option(
      names = "--sample",
      paramLabel = "N",
      defaultValue = "10000",
      description = "How many predictions to check. Default: ${DEFAULT-VALUE}.")
  private int sample;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Which predictions are drawn. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--json", description = "Write the report as JSON.")
  private boolean json;

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException, IOException {
    if (sample < 1) {
      throw new ParameterException(
          spec.commandLine(), "--sample must be 1 or more, but it is " + sample);
    }
    Definitions all = definitions.load(folder);
    ParityReport report = Parity.of(all, service, new OfflineStore(store)).check(sample, seed);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(
          new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(report));
    } else {
      print(report, out);
    }
    return report.mismatches().isEmpty() ? 0 : Millrace.FAILED;
  }

  private static void print(ParityReport report, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%,d predictions, %,d sampled: %,d equal to the bit%s, %,d not %s%n",
        report.predictions(),
        report.sampled(),
        report.matched(),
        report.estimates().isEmpty() ? "" : " but for estimates",
        report.mismatches().size(),
        report.byReason());
    report
        .estimates()
        .forEach(
            estimate ->
                out.printf(
                    Locale.ROOT,
                    "  %s: %s; %,d not equal%n",
                    estimate.feature(),
                    estimate.rule(),
                    estimate.notEqual()));
    report.mismatches().stream()
        .limit(SHOWN)
        .forEach(
            mismatch ->
                out.println(
                    "  "
                        + mismatch.predictionId()
                        + " of "
                        + Instant.ofEpochMilli(mismatch.requestTimeMs())
                        + " "
                        + mismatch.reason()
                        + " "
                        + mismatch.differences()));
  }
}
