package io.millrace.server;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.definition.DefinitionFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command that reads definition files takes: {@code @Mixin DefinitionOptions}. */
final class DefinitionOptions {
  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "What $${NAME} in the definition files stands for; may be repeated.")
  private Map<String, String> variables = new LinkedHashMap<>();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** What was given with {@code --set}. */
  Map<String, String> variables() {
    return Map.copyOf(variables);
  }

  /**
   * Reads the definition files of a folder.
   *
   * @throws ParameterException when there is no such folder
   * @throws DefinitionException with all mistakes in the files
   */
  Definitions load(Path folder) throws DefinitionException {
    if (!Files.isDirectory(folder)) {
      throw new ParameterException(
          command.commandLine(),
          folder + " is not a folder; name one that holds definition files (*.yaml)");
    }
    return DefinitionFiles.load(folder, variables);
  }
}
