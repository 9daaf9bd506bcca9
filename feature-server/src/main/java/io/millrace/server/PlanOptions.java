package io.millrace.server;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.plan.ModelInUse;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.plan.AppliedDefinitions;
import io.millrace.server.plan.ModelsInUse;
import io.millrace.server.plan.Plan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What {@code plan} and {@code apply} take. */
final class PlanOptions {
  @Parameters(paramLabel = "DIR", description = "The folder with the definition files.")
  private Path folder;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The root of the offline store, which keeps what is applied.")
  private Path store;

  @Option(
      names = "--models",
      paramLabel = "DIR",
      description = "The model repository, to say which models a change concerns.")
  private Path models;

  @Mixin private DefinitionOptions definitions;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  private Definitions wanted;

  Path folder() {
    return folder;
  }

  Path store() {
    return store;
  }

  AppliedDefinitions applied() {
    return new AppliedDefinitions(new OfflineStore(store));
  }

  /** The definitions of the folder, read by {@link #plan}. */
  Definitions wanted() {
    return wanted;
  }

  DefinitionOptions definitions() {
    return definitions;
  }

  /**
   * @param sampleEvents how many events of history are run through both definitions; 0 for none
   */
  Plan plan(long sampleEvents) throws DefinitionException {
    if (models != null && !Files.isDirectory(models)) {
      throw new ParameterException(
          command.commandLine(), "--models " + models + " is not a folder; name a repository");
    }
    wanted = definitions.load(folder);
    List<ModelInUse> inUse = models == null ? List.of() : ModelsInUse.of(models);
    return Plan.of(
        applied().current(), folder, definitions.variables(), wanted, inUse, sampleEvents);
  }
}
