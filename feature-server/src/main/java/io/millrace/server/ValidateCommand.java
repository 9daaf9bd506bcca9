package io.millrace.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.definition.Problem;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace validate}: checks definition files and prints all mistakes at once. */
@Command(
    name = "validate",
    description = "Check definition files; print every mistake as file:line:column: message.",
    footer = {
      "",
      "Ends with 0 when there is no mistake, with 1 when there is one.",
      "",
      "Example:",
      "  millrace validate examples/avazu --set data=/data/avazu"
    })
final class ValidateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder with the definition files.")
  private Path folder;

  @Option(names = "--json", description = "Print one JSON object instead of text.")
  private boolean json;

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    try {
      Definitions valid = definitions.load(folder);
      out.println(json ? jsonOf(valid) : folder + " is valid: " + summary(valid));
      return 0;
    } catch (DefinitionException e) {
      if (json) {
        out.println(jsonOf(e.problems()));
      } else {
        e.problems().forEach(out::println);
        out.println(count(e.problems().size(), "mistake") + " in " + folder);
      }
      return Millrace.FAILED;
    }
  }

  private static String summary(Definitions valid) {
    return count(valid.sources().size(), "event source")
        + ", "
        + count(valid.views().size(), "feature view")
        + ", "
        + count(valid.services().size(), "feature service");
  }

  private static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private static String jsonOf(Definitions valid) throws JsonProcessingException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode result = mapper.createObjectNode().put("valid", true);
    result.put("sources", valid.sources().size());
    result.put("views", valid.views().size());
    result.put("services", valid.services().size());
    result.putArray("problems");
    return mapper.writeValueAsString(result);
  }

  private static String jsonOf(List<Problem> problems) throws JsonProcessingException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode result = mapper.createObjectNode().put("valid", false);
    ArrayNode all = result.putArray("problems");
    for (Problem problem : problems) {
      all.addObject()
          .put("file", problem.file())
          .put("line", problem.line())
          .put("column", problem.column())
          .put("message", problem.message());
    }
    return mapper.writeValueAsString(result);
  }
}
