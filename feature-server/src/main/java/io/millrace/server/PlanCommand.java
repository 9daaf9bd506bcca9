package io.millrace.server;

import io.millrace.feature.definition.DefinitionException;
import io.millrace.server.plan.Plan;
import io.millrace.server.plan.PlanJson;
import io.millrace.server.plan.PlanText;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace plan}: what applying definitions would change. */
@Command(
    name = "plan",
    description =
        "Compare definitions with those applied: what changes, how values will differ on a sample,"
            + " what needs a backfill, which state is kept, who reads it.",
    footer = {
      "",
      "Ends with 1 if the change breaks someone, so that apply would refuse it.",
      "",
      "Example:",
      "  millrace plan feature-definitions/flights --store .millrace/demo-nyc/offline \\",
      "    --models .millrace/demo-nyc/models"
    })
final class PlanCommand implements Callable<Integer> {
  @Mixin private PlanOptions options;

  @Option(
      names = "--sample",
      paramLabel = "N",
      defaultValue = "100000",
      description =
          "How many events of a source's history to run through both definitions of a changed view;"
              + " 0 for none. Default: ${DEFAULT-VALUE}.")
  private long sample;

  @Option(names = "--json", description = "Print one JSON object instead of text.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException {
    if (sample < 0) {
      throw new ParameterException(
          spec.commandLine(), "--sample must be 0 or more, but it is " + sample);
    }
    Plan plan = options.plan(sample);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(PlanJson.of(plan).toPrettyString());
    } else {
      PlanText.print(plan, out);
    }
    return plan.breaks().isEmpty() ? 0 : Millrace.FAILED;
  }
}
