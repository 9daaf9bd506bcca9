package io.millrace.jobs.history;

import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.RecordedPast;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/** Readers of a history side by side, of which some are killed on the way. */
final class SimulatedHistory {
  private SimulatedHistory() {}

  /**
   * Reads all of it into a job.
   *
   * @return the job at the end of the history: another one than was given, if it was restarted
   */
  static SimulatedJob read(
      SimulatedJob job, DefinitionSet set, Path root, RecordedPast past, int readers, Random random)
      throws Exception {
    List<HistorySplit> splits = new ArrayList<>();
    for (int i = 0; i < readers; i++) {
      splits.add(HistorySplit.of(past, i, readers));
    }
    int kills = random.nextInt(3);
    while (true) {
      // After a kill there may be more readers than shares, and fewer.
      List<Reader> running = new ArrayList<>();
      for (int i = 0; i < (kills == 0 ? readers : 1 + random.nextInt(3)); i++) {
        running.add(new Reader(new OfflineStore(root), set));
      }
      for (int i = 0; i < splits.size(); i++) {
        running.get(i % running.size()).reader.addSplits(List.of(splits.get(i)));
      }
      for (Reader reader : running) {
        reader.reader.addSplits(List.of(HistorySplit.withoutEvents(past)));
        reader.reader.notifyNoMoreSplits();
      }
      int polls = kills > 0 ? random.nextInt(20) : Integer.MAX_VALUE;
      while (polls-- > 0 && running.stream().anyMatch(reader -> !reader.ended)) {
        Reader reader = running.get(random.nextInt(running.size()));
        if (!reader.ended) {
          reader.poll(job);
          long least = running.stream().mapToLong(r -> r.watermarkMs).min().orElseThrow();
          job.watermark(least);
        }
      }
      if (running.stream().allMatch(reader -> reader.ended)) {
        return job;
      }
      kills--;
      HistorySplitCodec codec = new HistorySplitCodec();
      splits = new ArrayList<>();
      for (Reader reader : running) {
        for (HistorySplit split : reader.reader.snapshotState(1)) {
          splits.add(codec.deserialize(codec.getVersion(), codec.serialize(split)));
        }
      }
      SimulatedJob restarted = job.restarted();
      // What comes after the checkpoint is lost.
      for (Reader reader : running) {
        if (!reader.ended) {
          reader.poll(job);
        }
      }
      job = restarted;
    }
  }

  /** A reader with its outputs. */
  private static final class Reader implements ReaderOutput<SourceRecord> {
    private final HistoryReader reader;
    private final Map<String, Long> watermarks = new HashMap<>();
    private SimulatedJob job;
    private long watermarkMs = Long.MIN_VALUE;
    private boolean ended;

    private Reader(OfflineStore store, DefinitionSet set) {
      reader = new HistoryReader(new UnregisteredMetricsGroup(), set, store);
    }

    void poll(SimulatedJob taker) {
      job = taker;
      ended = reader.pollNext(this) == InputStatus.END_OF_INPUT;
    }

    @Override
    public SourceOutput<SourceRecord> createOutputForSplit(String split) {
      watermarks.put(split, Long.MIN_VALUE);
      return new SourceOutput<>() {
        @Override
        public void collect(SourceRecord record) {
          throw new UnsupportedOperationException("a recorded event has its time");
        }

        @Override
        public void collect(SourceRecord record, long timeMs) {
          try {
            job.take(record);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        }

        @Override
        public void emitWatermark(Watermark watermark) {
          watermarks.merge(split, watermark.getTimestamp(), Math::max);
          // As Flink has it: the least of those that are there, and never back.
          watermarkMs =
              Math.max(
                  watermarkMs, watermarks.values().stream().mapToLong(w -> w).min().orElseThrow());
        }

        @Override
        public void markIdle() {
          throw new UnsupportedOperationException("a history is never idle");
        }

        @Override
        public void markActive() {
          throw new UnsupportedOperationException("a history is never idle");
        }
      };
    }

    @Override
    public void releaseOutputForSplit(String split) {
      watermarks.remove(split);
    }

    @Override
    public void collect(SourceRecord record) {
      throw new UnsupportedOperationException("records are of a split");
    }

    @Override
    public void collect(SourceRecord record, long timeMs) {
      throw new UnsupportedOperationException("records are of a split");
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      throw new UnsupportedOperationException("watermarks are of a split");
    }

    @Override
    public void markIdle() {
      throw new UnsupportedOperationException("a history is never idle");
    }

    @Override
    public void markActive() {
      throw new UnsupportedOperationException("a history is never idle");
    }
  }
}
