package io.millrace.server;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.plan.Applied;
import io.millrace.offline.plan.AppliedDefinitions;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * What is served: the files of a folder, or what is applied in an offline store.
 *
 * @param folder whose files tell that it has changed
 */
record ServedDefinitions(Path folder, Loader loader) {
  /** Reads them as they are now. */
  @FunctionalInterface
  interface Loader {
    Definitions load() throws DefinitionException;
  }

  /**
   * @param folder as given, empty if it was not
   * @param applied likewise; one of both is
   */
  static ServedDefinitions of(
      CommandSpec command,
      Optional<Path> folder,
      Optional<Path> applied,
      DefinitionOptions definitions) {
    if (folder.isPresent() == applied.isPresent()) {
      throw new ParameterException(
          command.commandLine(),
          folder.isPresent()
              ? "--definitions and --applied both say what is served; leave one of them out"
              : "--definitions is missing, or --applied, the store whose definitions are served");
    }
    if (folder.isPresent()) {
      return new ServedDefinitions(folder.get(), () -> definitions.load(folder.get()));
    }
    if (!definitions.variables().isEmpty()) {
      throw new ParameterException(
          command.commandLine(),
          "--set says what definition files leave open, but what is applied has its own; leave it"
              + " out with --applied");
    }
    AppliedDefinitions store = new AppliedDefinitions(new OfflineStore(applied.get()));
    return new ServedDefinitions(
        store.folder(),
        () ->
            store
                .current()
                .map(Applied::definitions)
                .orElseThrow(
                    () ->
                        new OfflineException(
                            "nothing is applied in " + applied.get() + "; run millrace apply")));
  }

  Definitions load() throws DefinitionException {
    return loader.load();
  }
}
