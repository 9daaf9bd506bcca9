package io.millrace.jobs.history;

import io.millrace.offline.history.RecordedPast;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/**
 * Each partition from the offset after its edge, one without an edge from its beginning. What the
 * consumer group has committed before does not count, and an offset that the topic no longer has is
 * an error rather than a leap.
 */
record FromEdge(RecordedPast past) implements OffsetsInitializer {
  private static final long serialVersionUID = 1;

  @Override
  public Map<TopicPartition, Long> getPartitionOffsets(
      Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (TopicPartition partition : partitions) {
      SortedMap<Integer, Long> edges = past.edges().get(partition.topic());
      Long edge = edges == null ? null : edges.get(partition.partition());
      offsets.put(partition, edge == null ? KafkaPartitionSplit.EARLIEST_OFFSET : edge + 1);
    }
    return offsets;
  }

  @Override
  public OffsetResetStrategy getAutoOffsetResetStrategy() {
    return OffsetResetStrategy.NONE;
  }
}
