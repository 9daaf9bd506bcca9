package io.millrace.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.FeatureView;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.maintenance.Adoption;
import io.millrace.offline.maintenance.Compaction;
import io.millrace.offline.maintenance.CompactionOptions;
import io.millrace.offline.maintenance.CompactionReport;
import io.millrace.offline.maintenance.Expiry;
import io.millrace.offline.maintenance.ExpiryReport;
import io.millrace.offline.maintenance.StoreFolder;
import io.millrace.offline.maintenance.Verification;
import io.millrace.offline.maintenance.VerificationReport;
import io.millrace.offline.snapshot.Manifest;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
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
    description = "Show and keep in shape the offline store's snapshots and files.",
    footer = {
      "",
      "Jobs may write and others read meanwhile.",
      "",
      "Example:",
      "  millrace offline --store .millrace/demo-nyc/offline snapshots",
      "  millrace offline --store .millrace/demo-nyc/offline compact",
      "  millrace offline --store .millrace/demo-nyc/offline expire --keep 10",
      "  millrace offline --store .millrace/demo-nyc/offline --table events/arrived verify"
    })
final class OfflineCommand implements Runnable {
  private static final int BYTES_A_MB = 1 << 20;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The root of the offline store.")
  private Path store;

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
  int snapshots() throws IOException {
    for (String name : tables()) {
      List<Manifest> history =
          StoreFolder.snapshots(folder(name), InstantSource.system()).history();
      if (history.isEmpty() && !json) {
        out().println(name + ": no snapshot yet");
      }
      for (Manifest manifest : history) {
        print(name, manifest);
      }
    }
    return 0;
  }

  @Command(
      name = "adopt",
      description =
          "Take files that lie in a table's folder, but are in no snapshot, into one: copied ones, or"
              + " those of before there were snapshots. No job may write meanwhile.")
  int adopt() throws IOException {
    for (String name : tables()) {
      int files = Adoption.run(folder(name), InstantSource.system());
      out()
          .println(
              json
                  ? new ObjectMapper().writeValueAsString(Map.of("table", name, "adopted", files))
                  : name + ": " + files + " files adopted");
    }
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
    for (String name : tables()) {
      CompactionOptions options =
          CompactionOptions.defaults()
              .to((long) toMb * BYTES_A_MB)
              .below((long) belowMb * BYTES_A_MB)
              .sortedBy(keys.getOrDefault(name, List.of()));
      CompactionReport report =
          new Compaction(folder(name), name, options, InstantSource.system())
              .run(line -> spec.commandLine().getErr().println(line));
      if (json) {
        out().println(new ObjectMapper().writeValueAsString(report));
      } else {
        out()
            .printf(
                Locale.ROOT,
                "%s: %,d files of %,d bytes became %,d of %,d, %,d rows; %,d small files left%n",
                name,
                report.filesBefore(),
                report.bytesBefore(),
                report.filesAfter(),
                report.bytesAfter(),
                report.rows(),
                report.leftAlone());
      }
    }
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
          Duration grace)
      throws IOException {
    if (keep.isEmpty() && age.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "say what stays: --keep N, --older-than PERIOD, or both");
    }
    if (keep.isPresent() && keep.get() < 1) {
      throw new ParameterException(
          spec.commandLine(), "--keep must be 1 or more, but it is " + keep.get());
    }
    if (grace.isNegative()) {
      throw new ParameterException(spec.commandLine(), "--grace must not be negative: " + grace);
    }
    for (String name : tables()) {
      ExpiryReport report =
          new Expiry(folder(name), name, InstantSource.system())
              .run(keep.map(OptionalInt::of).orElse(OptionalInt.empty()), age, grace);
      if (json) {
        out().println(new ObjectMapper().writeValueAsString(report));
      } else {
        out()
            .printf(
                Locale.ROOT,
                "%s: %,d snapshots expired, the oldest is %d; %,d files deleted (%,d bytes),"
                    + " %,d wait for their grace%n",
                name,
                report.expired(),
                report.oldest(),
                report.filesDeleted(),
                report.bytesDeleted(),
                report.filesWaiting());
      }
    }
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
          Optional<Long> snapshot)
      throws IOException {
    if (snapshot.isPresent() && table.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "a snapshot is one of a table: name it with --table");
    }
    boolean right = true;
    for (String name : tables()) {
      VerificationReport report =
          new Verification(folder(name), name)
              .run(snapshot.map(OptionalLong::of).orElse(OptionalLong.empty()));
      right &= report.problems().isEmpty();
      if (json) {
        out().println(new ObjectMapper().writeValueAsString(report));
        continue;
      }
      out()
          .printf(
              Locale.ROOT,
              "%s snapshot %d: %,d files, %,d bytes, %,d rows; of %,d partitions %,d offsets twice,"
                  + " %,d not here: %s%n",
              name,
              report.snapshot(),
              report.files(),
              report.bytes(),
              report.rows(),
              report.partitions(),
              report.doubles(),
              report.missing(),
              report.problems().isEmpty() ? "right" : report.problems().size() + " problems");
      report.problems().forEach(problem -> out().println("  " + problem));
      report.remarks().forEach(remark -> out().println("  (" + remark + ")"));
    }
    return right ? 0 : Millrace.FAILED;
  }

  private void print(String name, Manifest manifest) throws IOException {
    String watermark =
        manifest.watermarkMs().isPresent()
            ? Instant.ofEpochMilli(manifest.watermarkMs().getAsLong()).toString()
            : null;
    if (json) {
      ObjectNode line = new ObjectMapper().createObjectNode();
      line.put("table", name)
          .put("snapshot", manifest.id())
          .put("parent", manifest.parent())
          .put("at", manifest.at().toString())
          .put("operation", manifest.operation())
          .put("files", manifest.fileCount())
          .put("rows", manifest.rows())
          .put("bytes", manifest.bytes())
          .put("watermark", watermark);
      ObjectNode offsets = line.putObject("offsets");
      manifest
          .offsets()
          .forEach(
              (partition, range) ->
                  offsets
                      .putObject(partition.toString())
                      .put("first", range.first())
                      .put("last", range.last())
                      .put("rows", range.rows()));
      out().println(new ObjectMapper().writeValueAsString(line));
    } else {
      out()
          .printf(
              Locale.ROOT,
              "%s %d %s %s: %+,d -%,d files; now %,d files, %,d rows, %,d bytes%s%n",
              name,
              manifest.id(),
              manifest.at(),
              manifest.operation(),
              manifest.added().size(),
              manifest.removed().size(),
              manifest.fileCount(),
              manifest.rows(),
              manifest.bytes(),
              watermark == null ? "" : ", all before " + watermark);
    }
  }

  private Map<String, List<String>> keys(Path folder) throws IOException, DefinitionException {
    Map<String, List<String>> keys = new TreeMap<>();
    for (FeatureView view : definitions.load(folder).views()) {
      keys.putIfAbsent("events/" + view.source(), view.entity().keys());
      keys.putIfAbsent("late/" + view.source(), view.entity().keys());
    }
    return keys;
  }

  private List<String> tables() {
    OfflineStore root = new OfflineStore(store);
    if (table.isPresent()) {
      StoreFolder.table(root, table.get());
      return List.of(table.get());
    }
    return StoreFolder.tables(root);
  }

  private Path folder(String name) {
    return store.resolve(name);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
