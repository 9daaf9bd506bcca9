package io.millrace.server;

import io.millrace.feature.FeatureView;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.offline.maintenance.CompactionOptions;
import io.millrace.offline.maintenance.MaintenanceReporter;
import io.millrace.offline.maintenance.StoreMaintenance;
import io.millrace.offline.snapshot.StorePlace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace offline}: the snapshots and files of the offline store. */
@Command(
    name = "offline",
    subcommands = {OfflineProfileCommand.class},
    description = "Show and keep in shape the offline store's snapshots and files.",
    footer = {
      "",
      "Jobs may write and others read meanwhile.",
      "",
      "Example:",
      "  millrace offline --store .millrace/demo-nyc/offline snapshots",
      "  millrace offline --store .millrace/demo-nyc/offline compact",
      "  millrace offline --store .millrace/demo-nyc/offline expire --keep 10",
      "  millrace offline --store .millrace/demo-nyc/offline --table events/arrived verify",
      "  millrace offline --store s3://bucket/offline fetch --out offline",
      "",
      "A store elsewhere, such as s3://bucket/offline, is reached by Flink's file systems: the folder",
      "FLINK_PLUGINS_DIR has Flink's plugin, FLINK_CONF_DIR the config.yaml with s3.endpoint and keys."
    })
final class OfflineCommand implements Runnable, StoreCommand {
  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR|URI",
      description = "The root of the offline store; elsewhere a URI such as s3://bucket/offline.")
  private String store;

  @Option(
      names = "--table",
      paramLabel = "TABLE",
      description = "One table by its folder, such as events/arrived. Default: all.")
  private Optional<String> table = Optional.empty();

  @Option(names = "--json", description = "Print JSON, one object a line.")
  private boolean json;

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Name a command: " + String.join(", ", spec.subcommands().keySet()));
  }

  @Command(name = "snapshots", description = "All snapshots that can be read, the oldest first.")
  int snapshots() {
    maintenance().snapshots();
    return 0;
  }

  @Command(
      name = "adopt",
      description =
          "Take files that lie in a table's folder, but are in no snapshot, into one: copied ones, or"
              + " those of before there were snapshots. No job may write meanwhile.")
  int adopt() {
    maintenance().adopt();
    return 0;
  }

  @Command(
      name = "fetch",
      description =
          "Copy a snapshot of each table, or of one, into a folder of this machine, which every"
              + " command reads as a store. What was copied is not copied twice.")
  int fetch(
      @Option(
              names = "--out",
              required = true,
              paramLabel = "DIR",
              description = "The root of the store that is made.")
          Path folder,
      @Option(
              names = "--snapshot",
              paramLabel = "ID",
              description = "Which; with --table. Default: the newest.")
          Optional<Long> snapshot) {
    requireTable(snapshot);
    StorePlace from = StoreCommand.place(store);
    from.tables(); // Of none an error says so.
    Audit.noteCopy(from, folder, spec.commandLine().getErr());
    maintenance(from).fetch(folder, number(snapshot));
    return 0;
  }

  @Command(
      name = "compact",
      description = "Make few large files, sorted by entity and time, of many small ones.")
  int compact(
      @Option(
              names = "--below",
              paramLabel = "MB",
              defaultValue = "64",
              description = "Files below are compacted. Default: ${DEFAULT-VALUE} MB.")
          int belowMb,
      @Option(
              names = "--to",
              paramLabel = "MB",
              defaultValue = "256",
              description = "How large files become, 512 at most. Default: ${DEFAULT-VALUE} MB.")
          int toMb,
      @Option(
              names = "--definitions",
              paramLabel = "DIR",
              description =
                  "The definition files: events are then sorted by the key of the first view over"
                      + " them. Without, by time alone.")
          Optional<Path> folder)
      throws IOException, DefinitionException {
    if (belowMb < 1 || toMb < belowMb || toMb > 512) {
      throw new ParameterException(
          spec.commandLine(), "give 1 <= --below <= --to <= 512, not " + belowMb + " and " + toMb);
    }
    Map<String, List<String>> keys = folder.isPresent() ? keys(folder.get()) : Map.of();
    maintenance()
        .compact(
            CompactionOptions.ofMegabytes(belowMb, toMb),
            keys,
            line -> spec.commandLine().getErr().println(line));
    return 0;
  }

  @Command(
      name = "expire",
      description = "End the life of old snapshots and delete the files that only they had.")
  int expire(
      @Option(
              names = "--keep",
              paramLabel = "N",
              description = "Keep the newest N, this command's own among them.")
          Optional<Integer> keep,
      @Option(
              names = "--older-than",
              paramLabel = "PERIOD",
              description = "Keep those that are younger, such as P7D, whatever their number.")
          Optional<Duration> age,
      @Option(
              names = "--grace",
              paramLabel = "PERIOD",
              defaultValue = "PT1H",
              description =
                  "How long a replaced file stays still, for readers and compactions that have"
                      + " begun. Default: ${DEFAULT-VALUE}.")
          Duration grace,
      @Option(
              names = "--abandoned",
              paramLabel = "PERIOD",
              defaultValue = "P7D",
              description =
                  "From which age on a file that a job began and did not end is deleted; no job may"
                      + " go on from an older checkpoint. Default: ${DEFAULT-VALUE}.")
          Duration abandoned) {
    if (keep.isEmpty() && age.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "say what stays: --keep N, --older-than PERIOD, or both");
    }
    if (keep.isPresent() && keep.get() < 1) {
      throw new ParameterException(
          spec.commandLine(), "--keep must be 1 or more, but it is " + keep.get());
    }
    if (grace.isNegative() || abandoned.isNegative()) {
      throw new ParameterException(
          spec.commandLine(),
          "--grace and --abandoned must not be negative: " + grace + ", " + abandoned);
    }
    maintenance()
        .expire(keep.map(OptionalInt::of).orElse(OptionalInt.empty()), age, grace, abandoned);
    return 0;
  }

  @Command(
      name = "verify",
      description =
          "Read every file of a snapshot: there, whole, as committed, no row twice. Ends with 1 if"
              + " anything is wrong.")
  int verify(
      @Option(
              names = "--snapshot",
              paramLabel = "ID",
              description = "Which; with --table. Default: the newest.")
          Optional<Long> snapshot) {
    requireTable(snapshot);
    return maintenance().verify(number(snapshot)) ? 0 : Millrace.FAILED;
  }

  private void requireTable(Optional<Long> snapshot) {
    if (snapshot.isPresent() && table.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "a snapshot is one of a table: name it with --table");
    }
  }

  private static OptionalLong number(Optional<Long> value) {
    return value.map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  private Map<String, List<String>> keys(Path folder) throws IOException, DefinitionException {
    Map<String, List<String>> keys = new TreeMap<>();
    for (FeatureView view : definitions.load(folder).views()) {
      keys.putIfAbsent("events/" + view.source(), view.entity().keys());
      keys.putIfAbsent("late/" + view.source(), view.entity().keys());
    }
    return keys;
  }

  @Override
  public Optional<String> storeRoot() {
    return Optional.ofNullable(store);
  }

  private StoreMaintenance maintenance() {
    return maintenance(StoreCommand.place(store));
  }

  private StoreMaintenance maintenance(StorePlace place) {
    return new StoreMaintenance(
        place,
        table,
        new MaintenanceReporter(json, spec.commandLine().getOut()::println),
        InstantSource.system());
  }
}
