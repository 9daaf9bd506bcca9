package io.millrace.jobs.history;

import io.millrace.jobs.intake.SourceRecord;
import io.millrace.offline.history.RecordedPast;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The topics from where the recorded past ends. Its enumerator remembers that past: a checkpoint
 * may fall between the end of the history and the first look at the topics, and the job that goes
 * on from it must begin where this one would have.
 */
final class KafkaFromEdge
    implements Source<SourceRecord, KafkaPartitionSplit, KafkaFromEdge.State> {
  private static final long serialVersionUID = 1;

  private final KafkaAt kafka;
  private final RecordedPast past;

  /** Makes the Kafka source. */
  @FunctionalInterface
  interface KafkaAt extends Serializable {
    KafkaSource<SourceRecord> from(OffsetsInitializer offsets);
  }

  /** Kafka's own state, and where the topics began. */
  record State(RecordedPast past, KafkaSourceEnumState topics) {}

  KafkaFromEdge(KafkaAt kafka, RecordedPast past) {
    this.kafka = kafka;
    this.past = past;
  }

  private KafkaSource<SourceRecord> topics() {
    return kafka.from(new FromEdge(past));
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public SourceReader<SourceRecord, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    return topics().createReader(context);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, State> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    return new Remembering(topics().createEnumerator(context), past);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, State> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, State state) throws IOException {
    return new Remembering(
        kafka.from(new FromEdge(state.past())).restoreEnumerator(context, state.topics()),
        state.past());
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return topics().getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<State> getEnumeratorCheckpointSerializer() {
    return new StateCodec(topics().getEnumeratorCheckpointSerializer());
  }

  private record Remembering(
      SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> topics, RecordedPast past)
      implements SplitEnumerator<KafkaPartitionSplit, State> {
    @Override
    public void start() {
      topics.start();
    }

    @Override
    public void handleSplitRequest(int subtask, String host) {
      topics.handleSplitRequest(subtask, host);
    }

    @Override
    public void addSplitsBack(List<KafkaPartitionSplit> splits, int subtask) {
      topics.addSplitsBack(splits, subtask);
    }

    @Override
    public void addReader(int subtask) {
      topics.addReader(subtask);
    }

    @Override
    public void handleSourceEvent(int subtask, SourceEvent event) {
      topics.handleSourceEvent(subtask, event);
    }

    @Override
    public State snapshotState(long checkpoint) throws Exception {
      return new State(past, topics.snapshotState(checkpoint));
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) throws Exception {
      topics.notifyCheckpointComplete(checkpoint);
    }

    @Override
    public void notifyCheckpointAborted(long checkpoint) throws Exception {
      topics.notifyCheckpointAborted(checkpoint);
    }

    @Override
    public void close() throws IOException {
      topics.close();
    }
  }

  /** {@link PastCodec}, then {@code i32 version | i32 length | bytes} of Kafka's own state. */
  private static final class StateCodec extends Codec<State> {
    private final SimpleVersionedSerializer<KafkaSourceEnumState> topics;

    private StateCodec(SimpleVersionedSerializer<KafkaSourceEnumState> topics) {
      super(1);
      this.topics = topics;
    }

    @Override
    void write(State state, DataOutputStream out) throws IOException {
      PastCodec.write(state.past(), out);
      byte[] own = topics.serialize(state.topics());
      out.writeInt(topics.getVersion());
      out.writeInt(own.length);
      out.write(own);
    }

    @Override
    State read(DataInputStream in) throws IOException {
      RecordedPast past = PastCodec.read(in);
      int version = in.readInt();
      return new State(past, topics.deserialize(version, in.readNBytes(in.readInt())));
    }
  }
}
