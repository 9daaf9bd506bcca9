package io.millrace.jobs.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.FeatureOperator;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.jobs.feature.RowUpdateSerializer;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewMessageSerializer;
import io.millrace.jobs.intake.Intake;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.StoredEvent;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;

/** The operators of a feature job in one thread, with the watermarks of so many partitions. */
final class SimulatedJob {
  private final DefinitionSet set;
  private final long disorderMs;
  private final long[] reachedMs;
  private final OneInputStreamOperatorTestHarness<SourceRecord, ViewMessage> intake;
  private final KeyedOneInputStreamOperatorTestHarness<String, ViewMessage, RowUpdate> features;
  private final List<StoredEvent> recorded = new ArrayList<>();
  private final List<FeatureRow> rows = new ArrayList<>();
  private long watermarkMs = Long.MIN_VALUE;
  private long checkpoint;

  SimulatedJob(DefinitionSet set, int partitions, long disorderMs) throws Exception {
    this(set, partitions, disorderMs, null, null);
  }

  private SimulatedJob(
      DefinitionSet set,
      int partitions,
      long disorderMs,
      OperatorSubtaskState ofIntake,
      OperatorSubtaskState ofFeatures)
      throws Exception {
    this.set = set;
    this.disorderMs = disorderMs;
    this.reachedMs = new long[partitions];
    Arrays.fill(reachedMs, Long.MIN_VALUE);
    intake =
        new OneInputStreamOperatorTestHarness<>(
            new ProcessOperator<>(Intake.withoutAnswers(set, "credit_v1")));
    intake.setup(ViewMessageSerializer.INSTANCE);
    features =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new FeatureOperator(set), ViewMessage::stateKey, Types.STRING);
    features.setup(RowUpdateSerializer.INSTANCE);
    if (ofIntake != null) {
      intake.initializeState(ofIntake);
      features.initializeState(ofFeatures);
    }
    intake.open();
    features.open();
  }

  /** The job that goes on from a checkpoint of this one; what this one does later is lost. */
  SimulatedJob restarted() throws Exception {
    pass();
    checkpoint++;
    OperatorSubtaskState ofIntake = intake.snapshot(checkpoint, 0);
    OperatorSubtaskState ofFeatures = features.snapshot(checkpoint, 0);
    SimulatedJob next = new SimulatedJob(set, reachedMs.length, disorderMs, ofIntake, ofFeatures);
    next.recorded.addAll(recorded);
    next.rows.addAll(rows);
    return next;
  }

  /** A record of a partition, and the watermark that it makes. */
  void take(int partition, SourceRecord record) throws Exception {
    take(record);
    if (record instanceof SourceRecord.Good good) {
      reached(partition, good.event());
    } else if (record instanceof SourceRecord.Change change) {
      change.before().ifPresent(event -> reached(partition, event));
      change.after().ifPresent(after -> reached(partition, ((SourceRecord.Good) after).event()));
    }
    long least = Arrays.stream(reachedMs).min().orElseThrow();
    if (least != Long.MIN_VALUE) {
      watermark(least - 1);
    }
  }

  private void reached(int partition, Event event) {
    reachedMs[partition] = Math.max(reachedMs[partition], event.timeMs() - disorderMs);
  }

  void take(SourceRecord record) throws Exception {
    intake.processElement(new StreamRecord<>(record, 0));
  }

  void watermark(long ms) throws Exception {
    if (ms > watermarkMs) {
      watermarkMs = ms;
      intake.processWatermark(new Watermark(ms));
      pass();
      features.processWatermark(new Watermark(ms));
      for (RowUpdate update : features.extractOutputValues()) {
        rows.add(update.row());
      }
      features.getOutput().clear();
    }
  }

  private void pass() throws Exception {
    for (ViewMessage message : intake.extractOutputValues()) {
      features.processElement(new StreamRecord<>(message, message.timeMs()));
    }
    intake.getOutput().clear();
    if (intake.getSideOutput(Intake.EVENTS) != null) {
      while (!intake.getSideOutput(Intake.EVENTS).isEmpty()) {
        recorded.add(intake.getSideOutput(Intake.EVENTS).poll().getValue());
      }
    }
  }

  /** Time goes on until nothing changes any more. */
  void end() throws Exception {
    watermark(Long.MAX_VALUE - 1);
  }

  long watermarkMs() {
    return watermarkMs;
  }

  /** How many events came too late. */
  int late() {
    return intake.getSideOutput(Intake.LATE) == null ? 0 : intake.getSideOutput(Intake.LATE).size();
  }

  /** What it gave to be recorded so far. */
  List<StoredEvent> recorded() throws Exception {
    pass();
    return List.copyOf(recorded);
  }

  /** By key and instant the values of the last row. */
  Map<String, Values> rows() {
    Map<String, Values> last = new TreeMap<>();
    for (FeatureRow row : rows) {
      last.put(row.key().text() + " as of " + Instant.ofEpochMilli(row.asOfMs()), row.values());
    }
    return last;
  }

  /** By key what a reader sees as of an instant. */
  Map<String, Values> valuesAt(long ms) {
    Map<String, FeatureRow> newest = new HashMap<>();
    for (FeatureRow row : rows) {
      if (row.asOfMs() <= ms) {
        newest.merge(row.key().text(), row, (was, is) -> is.asOfMs() >= was.asOfMs() ? is : was);
      }
    }
    Map<String, Values> values = new TreeMap<>();
    newest.forEach((key, row) -> values.put(key, row.values()));
    return values;
  }

  /** Recorded events as a table with a snapshot. */
  static final class Store {
    private Store() {}

    /** Commits them in a few files a day. */
    static void write(
        Path root, EventSource source, List<StoredEvent> events, long watermarkMs, Random random)
        throws Exception {
      OfflineTable<Known<Event>> table = OfflineTables.events(source);
      Path folder = new OfflineStore(root).folder(table);
      Map<String, ParquetRowWriter<Known<Event>>> files = new TreeMap<>();
      for (StoredEvent stored : events) {
        Known<Event> row = new Known<>(stored.event(), stored.knownAtMs(), stored.takenBack());
        String path = table.partition(row) + "/part-" + random.nextInt(3) + ".parquet";
        if (!files.containsKey(path)) {
          files.put(path, ParquetRowWriter.open(table, folder.resolve(path)));
        }
        files.get(path).write(row);
      }
      List<DataFiles.Described> described = new ArrayList<>();
      for (Map.Entry<String, ParquetRowWriter<Known<Event>>> file : files.entrySet()) {
        file.getValue().close();
        described.add(DataFiles.describe(file.getKey(), folder.resolve(file.getKey())));
      }
      if (!described.isEmpty()) {
        var change = DataFiles.append(described);
        new TableSnapshots(new LocalStoreFiles(folder), InstantSource.system())
            .commit(
                before ->
                    Optional.of(
                        watermarkMs == Long.MIN_VALUE
                            ? change
                            : change.withWatermark(watermarkMs)));
      }
    }
  }
}
