package io.millrace.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.offline.plan.Applied;
import io.millrace.offline.plan.AppliedDefinitions;
import io.millrace.server.plan.Plan;
import io.millrace.server.plan.PlanJson;
import io.millrace.server.plan.ServiceMove;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace apply}: records definitions as applied, unless that breaks someone. */
@Command(
    name = "apply",
    description =
        "Record definitions as applied; refuse a change that breaks whoever reads them, with"
            + " file:line:column and the fix.",
    footer = {
      "",
      "Starts and stops no job. Doing it twice does nothing the second time. The store's audit log"
          + " notes who did.",
      "",
      "Example:",
      "  millrace apply feature-definitions/flights --store .millrace/demo-nyc/offline \\",
      "    --models .millrace/demo-nyc/models"
    })
final class ApplyCommand implements Callable<Integer> {
  @Mixin private PlanOptions options;

  @Option(names = "--json", description = "Print one JSON object instead of text.")
  private boolean json;

  @Spec private CommandSpec spec;

  private final InstantSource clock = InstantSource.system();

  @Override
  public Integer call() throws DefinitionException {
    Plan plan = options.plan(0);
    PrintWriter out = spec.commandLine().getOut();
    ObjectNode result = PlanJson.of(plan);
    if (!plan.breaks().isEmpty()) {
      if (json) {
        out.println(result.put("recorded", false).toPrettyString());
      } else {
        plan.breaks().forEach(out::println);
        out.println("refused: " + options.folder() + " is not applied; millrace plan says more");
      }
      return Millrace.FAILED;
    }
    Audit.note(
        options.store(),
        "apply",
        Map.of("definitions", options.folder().toAbsolutePath().normalize().toString()));
    Instant now = clock.instant();
    AppliedDefinitions.Recorded recorded =
        options
            .applied()
            .record(options.folder(), options.definitions().variables(), options.wanted(), now);
    Applied applied = recorded.applied();
    List<ServiceMove> moves =
        plan.applied()
            .map(was -> ServiceMove.between(was.definitions(), options.wanted(), plan.models()))
            .orElse(List.of());
    if (json) {
      result.put("recorded", recorded.isNew()).put("applied", applied.number());
      ArrayNode moved = result.putArray("moved");
      moves.forEach(move -> moved.add(move.toString()));
      out.println(result.toPrettyString());
    } else {
      out.println(
          options.folder()
              + (recorded.isNew() ? " is applied" : " was applied already")
              + " as number "
              + applied.number());
      moves.forEach(out::println);
    }
    return 0;
  }
}
