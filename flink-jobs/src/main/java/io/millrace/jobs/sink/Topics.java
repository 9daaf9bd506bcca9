package io.millrace.jobs.sink;

import io.millrace.jobs.KafkaSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Topics that a job reads or writes and that need not be there when it starts: a source does not
 * wait for its topic, so the job makes those of the loop itself. Stateless.
 */
public final class Topics {
  private Topics() {}

  /**
   * A topic as it is made if it is missing.
   *
   * @param partitions empty for the broker's default
   * @param compacted whether the last record of a key is kept for ever
   */
  public record Topic(String name, Optional<Integer> partitions, boolean compacted) {
    /** With as many partitions as the broker gives by default. */
    public static Topic ofDefaultPartitions(String name) {
      return new Topic(name, Optional.empty(), false);
    }

    /** One partition, so that all of it is in one order. */
    public static Topic ofOnePartition(String name) {
      return new Topic(name, Optional.of(1), false);
    }

    /** One partition that keeps the last record of each key. */
    public static Topic ofOneCompactedPartition(String name) {
      return new Topic(name, Optional.of(1), true);
    }
  }

  /**
   * Makes the topics that are missing; those that are there stay as they are.
   *
   * @throws IllegalStateException if the brokers cannot be reached or refuse
   */
  public static void createMissing(KafkaSettings kafka, List<Topic> topics) {
    try (Admin admin =
        Admin.create(
            Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()))) {
      var made =
          admin
              .createTopics(
                  topics.stream()
                      .map(
                          topic ->
                              new NewTopic(topic.name(), topic.partitions(), Optional.empty())
                                  .configs(
                                      topic.compacted()
                                          ? Map.of(
                                              TopicConfig.CLEANUP_POLICY_CONFIG,
                                              TopicConfig.CLEANUP_POLICY_COMPACT)
                                          : Map.of()))
                      .toList())
              .values();
      for (var topic : made.entrySet()) {
        try {
          topic.getValue().get();
        } catch (ExecutionException e) {
          if (!(e.getCause() instanceof TopicExistsException)) {
            throw new IllegalStateException(
                "the topic %s is missing and could not be made at %s: %s"
                    .formatted(topic.getKey(), kafka.bootstrapServers(), e.getCause().getMessage()),
                e);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while topics were made", e);
    }
  }
}
