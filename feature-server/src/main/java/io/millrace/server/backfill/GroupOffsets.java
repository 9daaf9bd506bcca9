package io.millrace.server.backfill;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** How far a consumer group is in topics, and how far these are. Not thread-safe. */
final class GroupOffsets implements AutoCloseable {
  private final Admin admin;
  private final String bootstrap;
  private final String group;
  private final Collection<String> topics;

  GroupOffsets(String bootstrap, String group, Collection<String> topics) {
    Properties config = new Properties();
    config.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 15_000);
    config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 15_000);
    this.admin = Admin.create(config);
    this.bootstrap = bootstrap;
    this.group = group;
    this.topics = List.copyOf(topics);
  }

  /** By partition, such as {@code arrivals-0}, the offset that the group reads next. */
  Map<String, Long> committed() throws InterruptedException {
    try {
      Map<String, Long> offsets = new TreeMap<>();
      admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach(
              (partition, of) -> {
                if (of != null) {
                  offsets.put(partition.toString(), of.offset());
                }
              });
      return offsets;
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  /** By partition the offset that its next record will get. */
  Map<String, Long> ends() throws InterruptedException {
    return offsets(OffsetSpec.latest());
  }

  /** By partition the first offset that it still has. */
  Map<String, Long> begins() throws InterruptedException {
    return offsets(OffsetSpec.earliest());
  }

  private Map<String, Long> offsets(OffsetSpec spec) throws InterruptedException {
    try {
      List<TopicPartition> partitions =
          admin.describeTopics(topics).allTopicNames().get().values().stream()
              .flatMap(
                  topic ->
                      topic.partitions().stream()
                          .map(part -> new TopicPartition(topic.name(), part.partition())))
              .toList();
      Map<String, Long> offsets = new TreeMap<>();
      admin
          .listOffsets(partitions.stream().collect(Collectors.toMap(p -> p, p -> spec)))
          .all()
          .get()
          .forEach((partition, of) -> offsets.put(partition.toString(), of.offset()));
      return offsets;
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  private BackfillException failed(ExecutionException e) {
    return new BackfillException(
        "the brokers at " + bootstrap + " do not tell offsets: " + e.getCause().getMessage(), e);
  }

  @Override
  public void close() {
    admin.close();
  }
}
