package io.millrace.server;

import io.millrace.feature.definition.DefinitionException;
import io.millrace.inference.train.TrainingException;
import io.millrace.server.demo.Demo;
import io.millrace.server.demo.DemoData;
import io.millrace.server.demo.DemoOptions;
import io.millrace.server.demo.OnlineChoice;
import io.millrace.server.platform.RedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace demo}. */
@Command(
    name = "demo",
    description =
        "Run the whole walk on real flights: Kafka, registry, training, features, scores, Parquet.",
    footer = {"", "Example:", "  millrace demo --data sfo2020 --speed max --exit-when-done"})
final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--data",
      paramLabel = "NAME",
      defaultValue = "nyc",
      description =
          "The flights: nyc (New York 2013 and 2017), net2008 (the whole network, January to April"
              + " 2008) or sfo2020 (San Francisco 2020). Default: ${DEFAULT-VALUE}.")
  private DemoData data;

  @Option(
      names = "--online",
      paramLabel = "STORE",
      description =
          "The online store: redis, a server of the demo's own, or rocksdb, a folder. Default: redis"
              + " where its server was built for this system.")
  private Optional<OnlineChoice> online = Optional.empty();

  @Option(names = "--events", paramLabel = "N", description = "Replay only the first N events.")
  private Optional<Long> events = Optional.empty();

  @Option(
      names = "--speed",
      paramLabel = "SPEED",
      converter = Speed.Converter.class,
      description = "Seconds of event time in one second, or max. Default: what suits the flights.")
  private Optional<Speed> speed = Optional.empty();

  @Option(names = "--no-retrain", description = "Watch the first model, but never replace it.")
  private boolean noRetrain;

  @Option(
      names = "--no-hold",
      description =
          "Let the replay go on while a model is trained. By default it stands still: a training"
              + " takes a minute or two, which would be months of flights here.")
  private boolean noHold;

  @Option(
      names = "--shuffle-times",
      description =
          "The control: give the flights of the first year each other's days, so that nothing"
              + " drifts and nothing should be retrained.")
  private boolean shuffled;

  @Option(
      names = "--resume",
      description =
          "Go on with the run in the work folder that was broken off, with the options it had.")
  private boolean resume;

  @Option(
      names = "--exit-when-done",
      description = "Stop everything after the summary, instead of waiting for Ctrl-C.")
  private boolean exitWhenDone;

  @Option(
      names = "--work-dir",
      paramLabel = "DIR",
      description = "Where everything is kept. Default: .millrace/demo-NAME in the installation.")
  private Optional<Path> workDir = Optional.empty();

  @Option(
      names = "--definitions",
      paramLabel = "DIR",
      description = "The definition files. Default: the flights example.")
  private Optional<Path> definitions = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call()
      throws DefinitionException, IOException, InterruptedException, TrainingException {
    if (events.isPresent() && events.get() < 1) {
      throw new ParameterException(
          spec.commandLine(), "--events must be 1 or more, but it is " + events.get());
    }
    Path home = Path.of(System.getProperty("millrace.home", "."));
    DemoOptions options =
        new DemoOptions(
            home,
            definitions.orElse(home.resolve("feature-definitions/flights")),
            workDir.orElse(home.resolve(".millrace/demo-" + data.name().toLowerCase(Locale.ROOT))),
            data,
            online.orElse(RedisServer.isThere(home) ? OnlineChoice.REDIS : OnlineChoice.ROCKSDB),
            events.orElse(Long.MAX_VALUE),
            speed.map(Speed::factor).orElse(data.defaultSpeed()),
            !noRetrain,
            !noHold,
            resume,
            shuffled,
            exitWhenDone);
    try (Terminal terminal = Terminal.of(spec.commandLine().getErr())) {
      new Demo(options, terminal, InstantSource.system()).run();
    }
    return 0;
  }
}
