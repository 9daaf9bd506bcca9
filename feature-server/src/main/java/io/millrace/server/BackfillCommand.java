package io.millrace.server;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.server.backfill.Backfill;
import io.millrace.server.backfill.BackfillOptions;
import io.millrace.server.platform.WorkFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace backfill}: computes new views from the recorded past, then goes on live. */
@Command(
    name = "backfill",
    description =
        "Compute new views, or new versions of views, from the recorded events, then from the live"
            + " topics from exactly where these end.",
    footer = {
      "",
      "Beside the job that serves: its versions, events and requests are left alone. Runs until it"
          + " is ended (Ctrl-C); --resume goes on from its last checkpoint. An online store of"
          + " RocksDB has one writer, so beside a job that writes it, name Redis or another folder.",
      "",
      "Example:",
      "  millrace backfill --definitions feature-definitions/flights --view carrier \\",
      "    --store offline --online redis:127.0.0.1:6379 --work-dir backfill \\",
      "    --bootstrap 127.0.0.1:9092 --registry http://127.0.0.1:8081"
    })
final class BackfillCommand implements Callable<Integer> {
  @Option(
      names = "--definitions",
      required = true,
      paramLabel = "DIR",
      description = "The definition files, with the new versions.")
  private Path folder;

  @Option(
      names = "--view",
      required = true,
      paramLabel = "NAME",
      description = "A view to compute; may be given several times.")
  private List<String> views;

  @Option(
      names = "--service",
      paramLabel = "NAME",
      description =
          "The service whose job judges which events are late. Default: the only one there is.")
  private Optional<String> service = Optional.empty();

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The offline store: its events are read, and rows are written to it.")
  private Path offline;

  @Mixin private OnlineFlags online;

  @Mixin private KafkaFlags kafka;

  @Option(
      names = "--work-dir",
      required = true,
      paramLabel = "DIR",
      description = "For the job's checkpoints and logs; one backfill at a time.")
  private Path workFolder;

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      defaultValue = "2",
      description = "Subtasks of every operator. Default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Option(
      names = "--alignment",
      paramLabel = "DURATION",
      defaultValue = "P30D",
      description =
          "How far, in event time, one reader may run ahead of another; what runs ahead waits on"
              + " the heap, and a small one slows down the history. Default: ${DEFAULT-VALUE}.")
  private Duration alignment;

  @Option(
      names = "--checkpoint-interval",
      paramLabel = "DURATION",
      defaultValue = "PT5S",
      description = "How often a checkpoint is made. Default: ${DEFAULT-VALUE}.")
  private Duration checkpointInterval;

  @Option(
      names = "--resume",
      description = "Go on from the last checkpoint of the run in --work-dir.")
  private boolean resume;

  @Option(
      names = "--exit-when-caught-up",
      description = "End once it is caught up, with a savepoint, whose path is printed.")
  private boolean exitWhenCaughtUp;

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException, IOException, InterruptedException {
    Definitions all = definitions.load(folder);
    BackfillOptions options =
        new BackfillOptions(
            folder,
            definitions.variables(),
            service(all),
            views,
            offline,
            online.settings(),
            kafka.bootstrap(),
            kafka.registry(),
            Path.of(System.getProperty("millrace.home", ".")),
            parallelism,
            alignment,
            checkpointInterval,
            resume,
            exitWhenCaughtUp);
    try (WorkFolder work = WorkFolder.open(workFolder);
        Terminal terminal = Terminal.of(spec.commandLine().getErr())) {
      Path savepoint =
          new Backfill(options, all, InstantSource.system(), listener(terminal)).run(work);
      spec.commandLine().getOut().println(savepoint);
    }
    return 0;
  }

  private static Backfill.Listener listener(Terminal terminal) {
    return new Backfill.Listener() {
      @Override
      public void progress(String text) {
        terminal.progress(text);
      }

      @Override
      public void line(String text) {
        terminal.line(text);
      }
    };
  }

  private String service(Definitions all) {
    if (service.isPresent()) {
      return all.service(service.get()).name();
    }
    if (all.services().size() == 1) {
      return all.services().get(0).name();
    }
    throw new ParameterException(
        spec.commandLine(),
        "--service is missing: there are "
            + all.services().stream().map(one -> one.name()).toList());
  }
}
