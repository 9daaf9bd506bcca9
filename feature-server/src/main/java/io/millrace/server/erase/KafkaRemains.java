package io.millrace.server.erase;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** What topics still hold and until when, as the broker says. Stateless. */
final class KafkaRemains {
  private KafkaRemains() {}

  /**
   * Adds a line for each topic that is there.
   *
   * @param topics those that may have the subject
   * @param now from when on nothing of it is added
   */
  static void add(String bootstrapServers, Collection<String> topics, Instant now, ArrayNode lines)
      throws InterruptedException {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      Collection<String> there = admin.listTopics().names().get();
      List<ConfigResource> asked =
          topics.stream()
              .filter(there::contains)
              .sorted()
              .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
              .toList();
      Map<ConfigResource, Config> configs = admin.describeConfigs(asked).all().get();
      for (ConfigResource topic : asked) {
        add(topic.name(), configs.get(topic), now, lines.addObject());
      }
    } catch (ExecutionException e) {
      lines
          .addObject()
          .put("what", "topics")
          .put("where", String.join(", ", topics))
          .put("until", "unknown: the broker did not say (" + e.getCause().getMessage() + ")");
    }
  }

  private static void add(String topic, Config config, Instant now, ObjectNode line) {
    line.put("what", "topic").put("where", topic);
    boolean deletes = config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value().contains("delete");
    long retentionMs = Long.parseLong(config.get(TopicConfig.RETENTION_MS_CONFIG).value());
    long segmentMs = Long.parseLong(config.get(TopicConfig.SEGMENT_MS_CONFIG).value());
    if (!deletes) {
      line.put("until", "a record of the same key replaces it: the topic is compacted");
    } else if (retentionMs < 0) {
      line.put("until", "for ever: retention.ms is -1; lower it, or delete the topic");
    } else {
      // A segment is deleted when its newest record is old enough.
      line.put("until", now.plusMillis(retentionMs).plusMillis(segmentMs).toString());
      line.put("retention-ms", retentionMs).put("segment-ms", segmentMs);
    }
  }
}
