package io.millrace.jobs.sink;

import io.millrace.feature.Definitions;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * Rows into the online store. At least once is enough: the newest row wins, so writing one again
 * changes nothing. Rows are written in batches of at most {@value #BATCH}: when one is full, when
 * the watermark moves, and before a checkpoint completes.
 *
 * <p>Metric {@code freshnessMs}: from the append of the event to Kafka until its row could be read.
 */
public final class OnlineSink implements Sink<RowUpdate> {
  private static final long serialVersionUID = 1;
  private static final int BATCH = 256;
  private static final int FRESHNESS_WINDOW = 10_000;

  private final DefinitionSet definitions;
  private final OnlineStoreOpener opener;

  /** Opens the store in the process that writes to it. */
  @FunctionalInterface
  public interface OnlineStoreOpener extends java.io.Serializable {
    OnlineStore open(DefinitionSet definitions) throws IOException;
  }

  public OnlineSink(DefinitionSet definitions, OnlineStoreOpener opener) {
    this.definitions = definitions;
    this.opener = opener;
  }

  /** The views that the store must know. */
  public static List<OnlineView> viewsOf(Definitions definitions) {
    return definitions.views().stream()
        .map(
            view ->
                OnlineView.of(
                    view, ViewAggregator.of(view, definitions.source(view.source())).rowSchema()))
        .toList();
  }

  @Override
  public SinkWriter<RowUpdate> createWriter(WriterInitContext context) throws IOException {
    return new Writer(opener.open(definitions), context);
  }

  private static final class Writer implements SinkWriter<RowUpdate> {
    private final OnlineStore store;
    private final List<FeatureRow> rows = new ArrayList<>(BATCH);
    private final long[] appendedAtMs = new long[BATCH];
    private final Histogram freshnessMs;
    private final Counter written;
    private final Counter applied;

    private Writer(OnlineStore store, WriterInitContext context) {
      this.store = store;
      var metrics = context.metricGroup().addGroup("millrace");
      this.freshnessMs =
          metrics.histogram("freshnessMs", new DescriptiveStatisticsHistogram(FRESHNESS_WINDOW));
      this.written = metrics.counter("rowsWritten");
      this.applied = metrics.counter("rowsApplied");
    }

    @Override
    public void write(RowUpdate update, Context context) throws IOException {
      appendedAtMs[rows.size()] = update.appendedAtMs();
      rows.add(update.row());
      if (rows.size() == BATCH) {
        writeBatch();
      }
    }

    @Override
    public void writeWatermark(org.apache.flink.api.common.eventtime.Watermark watermark)
        throws IOException {
      writeBatch();
    }

    @Override
    public void flush(boolean endOfInput) throws IOException {
      writeBatch();
      store.flush();
    }

    private void writeBatch() throws IOException {
      if (rows.isEmpty()) {
        return;
      }
      applied.inc(store.put(rows));
      written.inc(rows.size());
      long nowMs = System.currentTimeMillis();
      for (int i = 0; i < rows.size(); i++) {
        if (appendedAtMs[i] > 0) {
          freshnessMs.update(nowMs - appendedAtMs[i]);
        }
      }
      rows.clear();
    }

    @Override
    public void close() throws Exception {
      store.close();
    }
  }
}
