package io.millrace.server.replay;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** Sees to it that topics exist. */
public final class Topics {
  private static final int LIMIT_MS = 15_000;

  private Topics() {}

  /**
   * Creates the topics that are not there.
   *
   * @param partitions how many a new topic gets; one that exists keeps its own
   * @return how many partitions each topic has
   * @throws ReplayException naming the topic or the broker that fails
   */
  public static Map<String, Integer> require(
      String bootstrapServers, Collection<String> topics, int partitions)
      throws InterruptedException {
    return require(
        bootstrapServers,
        topics.stream()
            .distinct()
            .map(topic -> new NewTopic(topic, Optional.of(partitions), Optional.empty()))
            .toList());
  }

  /**
   * Creates a topic that keeps the last message of each key, with one partition, if it is not
   * there.
   *
   * @throws ReplayException naming the topic or the broker that fails
   */
  public static void requireCompacted(String bootstrapServers, String topic)
      throws InterruptedException {
    NewTopic compacted =
        new NewTopic(topic, Optional.of(1), Optional.empty())
            .configs(Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT));
    require(bootstrapServers, List.of(compacted));
  }

  private static Map<String, Integer> require(String bootstrapServers, List<NewTopic> topics)
      throws InterruptedException {
    Map<String, Object> config =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            LIMIT_MS,
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
            LIMIT_MS);
    try (Admin admin = Admin.create(config)) {
      Map<String, KafkaFuture<Void>> created = admin.createTopics(topics).values();
      for (Map.Entry<String, KafkaFuture<Void>> topic : created.entrySet()) {
        awaitCreated(bootstrapServers, topic.getKey(), topic.getValue());
      }
      return describe(admin, bootstrapServers, topics.stream().map(NewTopic::name).toList());
    }
  }

  private static void awaitCreated(String bootstrapServers, String topic, KafkaFuture<Void> created)
      throws InterruptedException {
    try {
      created.get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new ReplayException(
            "Cannot create the topic "
                + topic
                + " at "
                + bootstrapServers
                + ": "
                + e.getCause().getMessage()
                + " Check that a broker listens there (--bootstrap).",
            e.getCause());
      }
    }
  }

  /** A new topic is known to every broker only after a moment, so the first answers may lack it. */
  private static Map<String, Integer> describe(
      Admin admin, String bootstrapServers, Collection<String> topics) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT_MS * 1_000_000L;
    while (true) {
      try {
        Map<String, Integer> counts = new TreeMap<>();
        admin
            .describeTopics(topics)
            .allTopicNames()
            .get()
            .forEach((topic, description) -> counts.put(topic, description.partitions().size()));
        return counts;
      } catch (ExecutionException e) {
        if (System.nanoTime() - deadline > 0) {
          throw new ReplayException(
              "Cannot describe the topics "
                  + topics
                  + " at "
                  + bootstrapServers
                  + ": "
                  + e.getCause().getMessage(),
              e.getCause());
        }
        Thread.sleep(100);
      }
    }
  }
}
