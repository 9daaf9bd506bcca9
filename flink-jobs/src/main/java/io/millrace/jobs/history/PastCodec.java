package io.millrace.jobs.history;

import io.millrace.offline.history.RecordedPast;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@link RecordedPast} within checkpoints.
 *
 * <pre>
 * i32 sources   { UTF name | i64 snapshot }...
 * i32 topics    { UTF topic | i32 partitions { i32 partition | i64 last offset }... }...
 * i64 watermark | i64 rows
 * </pre>
 */
final class PastCodec {
  private PastCodec() {}

  static void write(RecordedPast past, DataOutput out) throws IOException {
    out.writeInt(past.snapshots().size());
    for (Map.Entry<String, Long> snapshot : past.snapshots().entrySet()) {
      out.writeUTF(snapshot.getKey());
      out.writeLong(snapshot.getValue());
    }
    out.writeInt(past.edges().size());
    for (Map.Entry<String, SortedMap<Integer, Long>> topic : past.edges().entrySet()) {
      out.writeUTF(topic.getKey());
      out.writeInt(topic.getValue().size());
      for (Map.Entry<Integer, Long> edge : topic.getValue().entrySet()) {
        out.writeInt(edge.getKey());
        out.writeLong(edge.getValue());
      }
    }
    out.writeLong(past.watermarkMs());
    out.writeLong(past.rows());
  }

  static RecordedPast read(DataInput in) throws IOException {
    SortedMap<String, Long> snapshots = new TreeMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      snapshots.put(in.readUTF(), in.readLong());
    }
    SortedMap<String, SortedMap<Integer, Long>> edges = new TreeMap<>();
    for (int topics = in.readInt(); topics > 0; topics--) {
      SortedMap<Integer, Long> ofTopic = new TreeMap<>();
      edges.put(in.readUTF(), ofTopic);
      for (int parts = in.readInt(); parts > 0; parts--) {
        ofTopic.put(in.readInt(), in.readLong());
      }
    }
    return new RecordedPast(snapshots, edges, in.readLong(), in.readLong());
  }
}
