package io.millrace.jobs.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.offline.history.RecordedPast;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class FromEdgeTest {
  @Test
  void shouldBeginAfterTheEdgeAndWithoutOneAtTheBeginning() {
    RecordedPast past =
        new RecordedPast(
            new TreeMap<>(Map.of("visits", 3L)),
            new TreeMap<>(Map.of("visits", new TreeMap<>(Map.of(0, 41L, 2, 0L)))),
            1_000,
            9);
    TopicPartition first = new TopicPartition("visits", 0);
    TopicPartition unrecorded = new TopicPartition("visits", 1);
    TopicPartition third = new TopicPartition("visits", 2);
    TopicPartition other = new TopicPartition("others", 0);

    FromEdge from = new FromEdge(past);

    assertThat(from.getPartitionOffsets(List.of(first, unrecorded, third, other), null))
        .isEqualTo(
            Map.of(
                first,
                42L,
                unrecorded,
                KafkaPartitionSplit.EARLIEST_OFFSET,
                third,
                1L,
                other,
                KafkaPartitionSplit.EARLIEST_OFFSET));
    assertThat(from.getAutoOffsetResetStrategy())
        .as("an offset that is gone is an error")
        .isEqualTo(OffsetResetStrategy.NONE);
  }
}
