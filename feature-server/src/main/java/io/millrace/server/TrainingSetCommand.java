package io.millrace.server;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.offline.history.RecordedEvents;
import io.millrace.offline.history.StoredHistory;
import io.millrace.offline.training.SpineCounts;
import io.millrace.offline.training.SpineListener;
import io.millrace.offline.training.SpineSet;
import io.millrace.offline.training.SpineSet.SpineOptions;
import io.millrace.server.train.TrainingSetOnCluster;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace training-set}. */
@Command(
    name = "training-set",
    description =
        "Give each row of a spine (keys, a time, any other columns) the features of a service as of"
            + " its time, in Parquet.",
    footer = {
      "",
      "A row sees the events strictly before its time. Rows come out in the order of (time, row).",
      "",
      "Example:",
      "  millrace training-set --definitions feature-definitions/flights --service delay_v1 \\",
      "    --spine flights-i-care-about.csv --time asked_at --out training-sets/mine"
    })
final class TrainingSetCommand implements Callable<Integer> {
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
      description = "The feature service.")
  private String service;

  @Option(
      names = "--spine",
      required = true,
      paramLabel = "FILE",
      description =
          "The rows: .parquet, .csv, .csv.gz or .csv.zst, with the service's keys and a time.")
  private Path spine;

  @Option(
      names = "--time",
      paramLabel = "COLUMN",
      description = "The column of the rows' times. Default: the time column of the request.")
  private Optional<String> time = Optional.empty();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where the training set appears, whole or not at all; must not exist yet.")
  private Path out;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description =
          "Take the events that the offline store recorded. Default: the histories of the sources.")
  private Optional<Path> store = Optional.empty();

  @Option(
      names = "--snapshot",
      paramLabel = "SOURCE=ID",
      description =
          "Take a source's events as of a snapshot of its table; with --store. Default: the newest.")
  private Map<String, Long> snapshots = new TreeMap<>();

  @Option(
      names = "--as-known",
      description =
          "Let a row see only what the offline store knew before its time, not what came late.")
  private boolean asKnown;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many threads look up. Default: one for each core. The rows are the same.")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--memory",
      paramLabel = "MB",
      defaultValue = "512",
      description =
          "What sorting the spine may use before it goes to disk. Default: ${DEFAULT-VALUE} MB.")
  private int memoryMb;

  @Option(
      names = "--cluster",
      paramLabel = "HOST:PORT",
      description =
          "Make the set on the Flink cluster of this REST address, which sees all files at the same"
              + " paths. The rows are the same.")
  private Optional<String> cluster = Optional.empty();

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      defaultValue = "2",
      description = "Subtasks of every step, with --cluster. Default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException, InterruptedException {
    if (asKnown && store.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--as-known needs --store, since only the offline store knows when an event became known");
    }
    if (!snapshots.isEmpty() && store.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--snapshot needs --store, whose snapshots are meant");
    }
    if (threads.orElse(1) < 1 || parallelism < 1 || memoryMb < 64) {
      throw new ParameterException(
          spec.commandLine(),
          "--threads and --parallelism must be 1 or more and --memory 64 or more, but they are "
              + threads.orElse(1)
              + ", "
              + parallelism
              + " and "
              + memoryMb);
    }
    Definitions all = definitions.load(folder);
    if (cluster.isPresent()) {
      return new TrainingSetOnCluster(
              Path.of(System.getProperty("millrace.home", ".")), jobArguments())
          .run(cluster.get(), parallelism);
    }
    SpineSet set =
        SpineSet.of(
            all,
            service,
            spine,
            new SpineOptions(
                time, threads.orElse(Runtime.getRuntime().availableProcessors()), memoryMb));
    PrintWriter console = spec.commandLine().getOut();
    if (store.isPresent() && Files.isDirectory(store.get())) {
      Audit.noteExport(store.get(), "training-set", out, spec.commandLine().getErr());
    }
    try (Terminal terminal = Terminal.of(spec.commandLine().getErr())) {
      SpineCounts counts = make(set, listener(terminal));
      terminal.close();
      console.printf(
          Locale.ROOT,
          "%s: %,d rows of %d features, from %,d events%s%n",
          out,
          counts.rows(),
          all.service(service).features().size(),
          counts.events(),
          counts.refused() == 0
              ? ""
              : String.format(Locale.ROOT, ", %,d of them refused", counts.refused()));
      if (counts.beforeHistory() > 0) {
        console.printf(
            Locale.ROOT,
            "  %,d rows are before the first event: nothing is known for them%n",
            counts.beforeHistory());
      }
      if (counts.afterHistory() > 0) {
        console.printf(
            Locale.ROOT,
            "  %,d rows are after the last event: what happened since is not known%n",
            counts.afterHistory());
      }
    }
    return 0;
  }

  private List<String> jobArguments() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("definitions", folder.toString());
    options.put("service", service);
    options.put("spine", spine.toString());
    options.put("time", time.orElse(""));
    options.put("out", out.toString());
    options.put("store", store.map(Path::toString).orElse(""));
    options.put(
        "snapshot",
        snapshots.entrySet().stream()
            .map(one -> one.getKey() + "=" + one.getValue())
            .collect(Collectors.joining(",")));
    options.put("as-known", asKnown ? "true" : "");
    options.put("memory", Integer.toString(memoryMb));
    return TrainingSetOnCluster.arguments(options, definitions.variables());
  }

  private SpineCounts make(SpineSet set, SpineListener listener) throws InterruptedException {
    List<String> sources = set.sources().stream().map(EventSource::name).toList();
    for (String named : snapshots.keySet()) {
      if (!sources.contains(named)) {
        throw new ParameterException(
            spec.commandLine(), "--snapshot names " + named + ", but the service reads " + sources);
      }
    }
    if (asKnown) {
      return set.writeAsKnown(
          RecordedEvents.asKnown(new OfflineStore(store.orElseThrow()), set.sources(), snapshots),
          out,
          listener);
    }
    if (store.isPresent()) {
      return set.write(
          StoredHistory.openAt(
              new OfflineStore(store.get()), set.sources(), HistoryRange.all(), snapshots),
          out,
          listener);
    }
    try (MergedHistory past = MergedHistory.open(set.sources(), HistoryRange.all())) {
      return set.write(past, out, listener);
    }
  }

  private static SpineListener listener(Terminal terminal) {
    return (step, rows, ofRows, events) ->
        terminal.progress(
            ofRows == 0
                ? "training set: " + step
                : String.format(
                    Locale.ROOT,
                    "training set: %,d of %,d rows (%d %%), %,d events read",
                    rows,
                    ofRows,
                    100 * rows / ofRows,
                    events));
  }
}
