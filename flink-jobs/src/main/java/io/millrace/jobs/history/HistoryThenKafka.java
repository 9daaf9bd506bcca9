package io.millrace.jobs.history;

import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.KafkaSettings;
import io.millrace.jobs.intake.EventsFromKafka;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.offline.history.RecordedPast;
import java.nio.file.Path;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.base.source.hybrid.HybridSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The recorded events of one snapshot, in order, then the topics of all sources from exactly the
 * offsets at which it ends. The watermark goes no further than that of the recorded past before
 * every partition of the topics has been heard, so an event that comes after the edge and is older
 * than some before it is as much in time as it would be in a job that was restarted at the edge.
 */
public final class HistoryThenKafka {
  private HistoryThenKafka() {}

  /**
   * Reads both.
   *
   * @param store root folder of the offline store
   * @param past what is read of it, unless the job is restored: then what it began with
   */
  public static DataStream<SourceRecord> read(
      StreamExecutionEnvironment env,
      KafkaSettings kafka,
      DefinitionSet definitions,
      Path store,
      RecordedPast past) {
    Source<SourceRecord, ?, ?> both =
        HybridSource.<SourceRecord, HistoryEnumerator>builder(
                new HistorySource(definitions, store, past))
            .<org.apache.flink.api.connector.source.SplitEnumerator, KafkaFromEdge>addSource(
                context ->
                    new KafkaFromEdge(
                        offsets -> EventsFromKafka.source(kafka, definitions, offsets),
                        context.getPreviousEnumerator() == null
                            ? past
                            : context.getPreviousEnumerator().past()),
                Boundedness.CONTINUOUS_UNBOUNDED)
            .build();
    return EventsFromKafka.stream(env, both, kafka, definitions);
  }
}
