package io.millrace.jobs.history;

import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.RecordedPast;
import java.nio.file.Path;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The recorded events of one snapshot of each source. A job that is restored goes on with the
 * snapshots it began with, whatever it is given anew.
 */
final class HistorySource implements Source<SourceRecord, HistorySplit, HistoryState> {
  private static final long serialVersionUID = 1;

  private final DefinitionSet definitions;
  private final String store;
  private final RecordedPast past;

  HistorySource(DefinitionSet definitions, Path store, RecordedPast past) {
    this.definitions = definitions;
    this.store = store.toString();
    this.past = past;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SourceReader<SourceRecord, HistorySplit> createReader(SourceReaderContext context) {
    return new HistoryReader(context.metricGroup(), definitions, new OfflineStore(Path.of(store)));
  }

  @Override
  public SplitEnumerator<HistorySplit, HistoryState> createEnumerator(
      SplitEnumeratorContext<HistorySplit> context) {
    return new HistoryEnumerator(
        context, HistoryEnumerator.begin(past, context.currentParallelism()));
  }

  @Override
  public SplitEnumerator<HistorySplit, HistoryState> restoreEnumerator(
      SplitEnumeratorContext<HistorySplit> context, HistoryState state) {
    return new HistoryEnumerator(context, state);
  }

  @Override
  public SimpleVersionedSerializer<HistorySplit> getSplitSerializer() {
    return new HistorySplitCodec();
  }

  @Override
  public SimpleVersionedSerializer<HistoryState> getEnumeratorCheckpointSerializer() {
    return new HistoryStateCodec();
  }
}
