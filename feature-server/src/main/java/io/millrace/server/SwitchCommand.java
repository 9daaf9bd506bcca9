package io.millrace.server;

import io.millrace.feature.FeatureView;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.plan.Applied;
import io.millrace.offline.plan.AppliedDefinitions;
import io.millrace.server.plan.ModelsInUse;
import io.millrace.server.plan.ServiceMove;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace switch}: lets definitions that were applied before hold again. */
@Command(
    name = "switch",
    description =
        "Let definitions that were applied before hold again, and with them the versions of views"
            + " that services read.",
    footer = {
      "",
      "One step, which the next call takes back. \"millrace serve --applied\" follows it within two"
          + " seconds. The rows of those versions are as new as the job that writes them. A job that"
          + " scores in the stream goes on with the versions that it was started with.",
      "",
      "Example:",
      "  millrace switch --store offline --to 1"
    })
final class SwitchCommand implements Callable<Integer> {
  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The root of the offline store, which keeps what is applied.")
  private Path store;

  @Option(
      names = "--to",
      paramLabel = "N",
      description = "The number as which they were applied. Default: tell which there are.")
  private Optional<Integer> to = Optional.empty();

  @Option(
      names = "--models",
      paramLabel = "DIR",
      description = "The model repository, to name the models that were trained on other versions.")
  private Optional<Path> models = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (models.isPresent() && !Files.isDirectory(models.get())) {
      throw new ParameterException(
          spec.commandLine(), "--models " + models.get() + " is not a folder; name a repository");
    }
    AppliedDefinitions applied = new AppliedDefinitions(new OfflineStore(store));
    PrintWriter out = spec.commandLine().getOut();
    if (to.isEmpty()) {
      int holds = applied.current().map(Applied::number).orElse(0);
      applied.numbers().forEach(number -> out.println(number + (number == holds ? " holds" : "")));
      return 0;
    }
    Optional<Applied> before = applied.current();
    // What is refused is not noted.
    if (applied.numbers().contains(to.get())) {
      Audit.note(
          store, "switch", Map.of("from", before.map(Applied::number).orElse(0), "to", to.get()));
    }
    Applied now = applied.switchTo(to.get());
    out.println(
        "number "
            + now.number()
            + " holds"
            + (before.isPresent() && before.get().number() != now.number()
                ? ", no longer " + before.get().number()
                : "")
            + ": "
            + now.definitions().views().stream()
                .map(FeatureView::id)
                .collect(Collectors.joining(", ")));
    before.ifPresent(
        was ->
            ServiceMove.between(
                    was.definitions(),
                    now.definitions(),
                    models.map(ModelsInUse::of).orElse(List.of()))
                .forEach(out::println));
    return 0;
  }
}
