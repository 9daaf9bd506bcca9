package io.millrace.server;

import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.plan.ModelInUse;
import io.millrace.server.lineage.FeaturesPage;
import io.millrace.server.plan.ModelsInUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace features}: a page on all features and where they come from. */
@Command(
    name = "features",
    description =
        "Write a page of Markdown on every feature: topic, columns, window, services, models.",
    footer = {
      "",
      "Example:",
      "  millrace features feature-definitions/flights --out docs/features.md"
    })
final class FeaturesCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder with the definition files.")
  private Path folder;

  @Option(names = "--out", paramLabel = "FILE", description = "The file; printed without it.")
  private Path file;

  @Option(
      names = "--models",
      paramLabel = "DIR",
      description = "The model repository, to name the models that read each feature.")
  private Path models;

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException, IOException {
    if (models != null && !Files.isDirectory(models)) {
      throw new ParameterException(
          spec.commandLine(), "--models " + models + " is not a folder; name a repository");
    }
    List<ModelInUse> inUse = models == null ? List.of() : ModelsInUse.of(models);
    String page = FeaturesPage.of(definitions.load(folder), inUse, "millrace features");
    if (file == null) {
      spec.commandLine().getOut().print(page);
      spec.commandLine().getOut().flush();
    } else {
      Files.writeString(file, page);
      spec.commandLine().getOut().println(file + " is written");
    }
    return 0;
  }
}
