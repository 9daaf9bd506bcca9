package io.millrace.benchmarks.offline;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.github.luben.zstd.ZstdOutputStream;
import com.sun.management.OperatingSystemMXBean;
import io.millrace.benchmarks.Machine;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.StoredEvent;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.history.HistoryReader;
import io.millrace.offline.maintenance.Compaction;
import io.millrace.offline.maintenance.CompactionOptions;
import io.millrace.offline.maintenance.CompactionReport;
import io.millrace.offline.maintenance.Verification;
import io.millrace.offline.maintenance.VerificationReport;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;

/**
 * {@code ./millrace bench offline [FOLDER]}: writes the arrivals of New York's flights in four ways
 * (parquet-java alone, the store's writer, the sink in a Flink job, a zipped CSV), compacts what
 * the sink wrote, and writes {@code offline.md} and {@code offline.json}.
 *
 * <p>Rates by the clock and for a second of CPU time of the whole process, of the second of two
 * rounds.
 */
public final class OfflineBenchmark {
  private static final int ROUNDS = 2;
  private static final int ROWS_A_FILE = 10_000;
  private static final long DAY_MS = 86_400_000;

  /** What one way took. */
  private record Run(String name, long rows, long bytes, double seconds, double cpuSeconds) {
    double rowsASecond() {
      return rows / seconds;
    }

    double rowsACpuSecond() {
      return rows / cpuSeconds;
    }
  }

  private interface Work {
    long bytes() throws Exception;
  }

  private final Path folder;
  private final DefinitionSet definitions;
  private final EventSource source;
  private final OfflineTable<Known<Event>> table;

  private OfflineBenchmark(Path folder, DefinitionSet definitions) {
    this.folder = folder;
    this.definitions = definitions;
    this.source = definitions.definitions().source("arrived");
    this.table = OfflineTables.events(source);
  }

  /**
   * @param arguments where the results go
   */
  public static void main(String[] arguments) throws Exception {
    Path results = Path.of(arguments.length > 0 ? arguments[0] : "benchmarks/results");
    Path flights =
        Path.of(System.getProperty("millrace.home", "."), "feature-definitions", "flights");
    Path work = Files.createTempDirectory("millrace-bench-offline");
    try {
      new OfflineBenchmark(work, DefinitionSet.read(flights, Map.of())).run(results);
    } finally {
      deleteAll(work);
    }
  }

  private void run(Path results) throws Exception {
    List<StoredEvent> events = events();
    List<Run> runs = new ArrayList<>();
    CompactionReport compacted = null;
    Run compaction = null;
    Run verification = null;
    VerificationReport verified = null;
    for (int round = 0; round < ROUNDS; round++) {
      runs.clear();
      deleteAll(folder);
      Files.createDirectories(folder);
      runs.add(measure("parquet-java alone, one file", events.size(), () -> parquetAlone(events)));
      runs.add(measure("the store's writer, one file", events.size(), () -> writer(events)));
      runs.add(
          measure(
              "the sink in a Flink job, all in one day, a file a checkpoint",
              events.size(),
              () -> SinkJob.run(definitions, inOneDay(events), folder.resolve("day"))));
      runs.add(
          measure(
              "the sink in a Flink job, a replay of two years, a file a day and checkpoint",
              events.size(),
              () -> SinkJob.run(definitions, events, folder.resolve("years"))));
      Path stored = smallFiles(events);
      CompactionReport[] report = new CompactionReport[1];
      compaction =
          measure(
              "compaction",
              events.size(),
              () -> {
                report[0] =
                    new Compaction(
                            stored,
                            "events/arrived",
                            CompactionOptions.defaults().sortedBy(List.of("tail_num")),
                            InstantSource.system())
                        .run(line -> {});
                return report[0].bytesBefore();
              });
      compacted = report[0];
      VerificationReport[] found = new VerificationReport[1];
      verification =
          measure(
              "verification",
              events.size(),
              () -> {
                found[0] = new Verification(stored, "events/arrived").run(OptionalLong.empty());
                return found[0].bytes();
              });
      verified = found[0];
      runs.add(measure("CSV, zstd", events.size(), () -> csv(events)));
    }
    write(results, runs, compaction, compacted, verification, verified);
  }

  private List<StoredEvent> events() {
    int index = definitions.definitions().sources().indexOf(source);
    List<StoredEvent> events = new ArrayList<>();
    try (HistoryReader history = HistoryReader.open(source)) {
      while (history.hasNext()) {
        Event event = history.next();
        int number = events.size();
        events.add(
            new StoredEvent(
                index,
                new Event(
                    source.name(),
                    event.timeMs(),
                    new Position(source.topic(), number % 8, number / 8),
                    event.values()),
                event.timeMs() + 1_000));
      }
    }
    return events;
  }

  /** The same rows as if a live stream had brought them in a day. */
  private static List<StoredEvent> inOneDay(List<StoredEvent> events) {
    long startMs = events.get(0).event().timeMs() / DAY_MS * DAY_MS;
    List<StoredEvent> all = new ArrayList<>();
    for (StoredEvent stored : events) {
      Event event = stored.event();
      long timeMs = startMs + all.size() * DAY_MS / events.size();
      all.add(
          new StoredEvent(
              stored.source(),
              new Event(event.source(), timeMs, event.position(), event.values()),
              stored.knownAtMs()));
    }
    return all;
  }

  /**
   * A table of one day with a file every ten thousand rows, as an hour of checkpoints leaves it.
   */
  private Path smallFiles(List<StoredEvent> events) throws IOException {
    Path stored = new OfflineStore(folder.resolve("small")).folder(table);
    List<DataFiles.Described> described = new ArrayList<>();
    for (int from = 0; from < events.size(); from += ROWS_A_FILE) {
      String path = "dt=2013-01-01/part-" + from + ".parquet";
      try (ParquetRowWriter<Known<Event>> writer =
          ParquetRowWriter.open(table, stored.resolve(path))) {
        for (StoredEvent event :
            events.subList(from, Math.min(events.size(), from + ROWS_A_FILE))) {
          writer.write(known(event));
        }
      }
      described.add(DataFiles.describe(path, stored.resolve(path)));
    }
    Change change = DataFiles.append(described);
    new TableSnapshots(new LocalStoreFiles(stored), InstantSource.system())
        .commit(before -> Optional.of(change));
    return stored;
  }

  private long parquetAlone(List<StoredEvent> events) throws IOException {
    Path file = folder.resolve("alone.parquet");
    try (ParquetWriter<GenericRecord> writer =
        AvroParquetWriter.<GenericRecord>builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withSchema(table.schema())
            .withDataModel(GenericData.get())
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .build()) {
      for (StoredEvent event : events) {
        writer.write(table.record(known(event)));
      }
    }
    return Files.size(file);
  }

  private long writer(List<StoredEvent> events) throws IOException {
    Path file = folder.resolve("writer.parquet");
    try (ParquetRowWriter<Known<Event>> writer = ParquetRowWriter.open(table, file)) {
      for (StoredEvent event : events) {
        writer.write(known(event));
      }
    }
    return Files.size(file);
  }

  private long csv(List<StoredEvent> events) throws IOException {
    Path file = folder.resolve("events.csv.zst");
    try (Writer out =
        new BufferedWriter(
            new OutputStreamWriter(
                new ZstdOutputStream(Files.newOutputStream(file), 3), StandardCharsets.UTF_8))) {
      List<Field> fields = source.schema().fields();
      for (StoredEvent event : events) {
        for (int i = 0; i < fields.size(); i++) {
          Object value = event.event().values().boxedAt(i, fields.get(i).type());
          out.append(value == null ? "" : value.toString()).append(',');
        }
        Position position = event.event().position();
        out.append(event.knownAtMs() + "," + position.partition() + "," + position.offset() + '\n');
      }
    }
    return Files.size(file);
  }

  private static Known<Event> known(StoredEvent event) {
    return new Known<>(event.event(), event.knownAtMs());
  }

  private static Run measure(String name, long rows, Work work) throws Exception {
    System.err.println("measuring " + name);
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    System.gc();
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    long bytes = work.bytes();
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Run(name, rows, bytes, seconds, (system.getProcessCpuTime() - cpu) / 1e9);
  }

  static long sizeOf(Path table) throws IOException {
    long bytes = 0;
    for (Path file : ParquetFiles.at(table)) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  private static void write(
      Path results,
      List<Run> runs,
      Run compaction,
      CompactionReport compacted,
      Run verification,
      VerificationReport verified)
      throws IOException {
    StringBuilder md = new StringBuilder("# The offline store\n\n");
    Map<String, Object> machine = Machine.describe();
    md.append(
        String.format(
            Locale.ROOT,
            "%s, %s cores, JDK %s, %s; commit %s, %s; `./millrace bench offline`.%n%n",
            machine.get("processor"),
            machine.get("cores"),
            machine.get("jdk"),
            machine.get("system"),
            machine.get("commit"),
            machine.get("date")));
    md.append(
        String.format(
            Locale.ROOT,
            "%,d arrivals of New York's flights of 2013 and 2017, 15 columns, ZSTD"
                + " level 3; the second of two rounds in one process.%n%n",
            runs.get(0).rows()));
    md.append("| written by | rows a second | rows a second of CPU | MB | bytes a row |\n");
    md.append("|---|---:|---:|---:|---:|\n");
    for (Run run : runs) {
      md.append(
          String.format(
              Locale.ROOT,
              "| %s | %,.0f | %,.0f | %.1f | %.1f |%n",
              run.name(),
              run.rowsASecond(),
              run.rowsACpuSecond(),
              run.bytes() / 1e6,
              (double) run.bytes() / run.rows()));
    }
    md.append(
        String.format(
            Locale.ROOT,
            "| after compaction, sorted by aircraft and time | | | %.1f | %.1f |%n%n",
            compacted.bytesAfter() / 1e6,
            (double) compacted.bytesAfter() / compacted.rows()));
    md.append(
        String.format(
            Locale.ROOT,
            "Compaction of %,d files to %,d: %.1f MB/s read (%,.0f rows a second; %,.0f for a second"
                + " of CPU). Verification: %.1f MB/s, %,.0f rows a second; %d problems.%n",
            compacted.filesBefore(),
            compacted.filesAfter(),
            compaction.bytes() / 1e6 / compaction.seconds(),
            compacted.rows() / compaction.seconds(),
            compacted.rows() / compaction.cpuSeconds(),
            verification.bytes() / 1e6 / verification.seconds(),
            verification.rowsASecond(),
            verified.problems().size()));
    Files.createDirectories(results);
    Files.writeString(results.resolve("offline.md"), md.toString());
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("machine", machine);
    all.put("runs", runs);
    all.put("compaction", compaction);
    all.put("compacted", compacted);
    all.put("verification", verification);
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(results.resolve("offline.json").toFile(), all);
    System.out.println(md);
  }

  private static void deleteAll(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
