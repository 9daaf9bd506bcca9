package io.millrace.server;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.inference.train.TrainingException;
import io.millrace.inference.train.TrainingListener;
import io.millrace.server.train.ModelTraining;
import io.millrace.server.train.TrainingReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace train}. */
@Command(
    name = "train",
    description =
        "Train the model of a service from history, each example as it could be known at its time.",
    footer = {
      "",
      "Example:",
      "  millrace train --definitions feature-definitions/flights --service delay_v1 --models models \\",
      "    --from 2013-01-15 --to 2013-07-01 --evaluate-to 2013-08-01"
    })
final class TrainCommand implements Callable<Integer> {
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
      description = "The feature service, which must have a label.")
  private String service;

  @Option(
      names = "--models",
      required = true,
      paramLabel = "DIR",
      description = "The model repository; the next version is written there.")
  private Path models;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "The model's name. Default: the service's.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--sources",
      paramLabel = "NAME",
      split = ",",
      description = "The event sources to read. Default: all that have a history.")
  private List<String> sources = List.of();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "The first request to learn from; windows reach further back.")
  private Instant from;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "The first request not to learn from.")
  private Instant to;

  @Option(
      names = "--evaluate-to",
      required = true,
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "The model is measured on the requests from --to up to here.")
  private Instant evaluateTo;

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call()
      throws DefinitionException, IOException, InterruptedException, TrainingException {
    if (!from.isBefore(to) || !to.isBefore(evaluateTo)) {
      throw new ParameterException(
          spec.commandLine(),
          "--from, --to and --evaluate-to must follow each other, but they are "
              + from
              + ", "
              + to
              + ", "
              + evaluateTo);
    }
    Definitions all = definitions.load(folder);
    List<String> chosen =
        sources.isEmpty()
            ? all.sources().stream()
                .filter(source -> source.history().isPresent())
                .map(EventSource::name)
                .toList()
            : sources;
    chosen.forEach(all::source);
    ModelTraining training =
        new ModelTraining(
            all, all.hash(), service, chosen, model.orElse(service), from, to, evaluateTo);
    try (Terminal terminal = Terminal.of(spec.commandLine().getErr())) {
      ModelTraining.Trained trained =
          training.run(
              models,
              models.resolve(".training"),
              events ->
                  terminal.progress(
                      String.format(Locale.ROOT, "training set: %,d events read", events)),
              new TerminalTraining(terminal),
              InstantSource.system());
      terminal.close();
      spec.commandLine().getOut().println(TrainingReport.of(trained));
    }
    return 0;
  }

  /** Shows the steps of a training. */
  static final class TerminalTraining implements TrainingListener {
    private final Terminal terminal;

    TerminalTraining(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public void step(String name) {
      terminal.progress("training: " + name);
    }

    @Override
    public void round(int round, int rounds, double logLoss, double auc) {
      terminal.progress(
          String.format(
              Locale.ROOT,
              "training: tree %d of at most %d, held-out log-loss %.4f, AUC %.4f",
              round,
              rounds,
              logLoss,
              auc));
    }
  }
}
