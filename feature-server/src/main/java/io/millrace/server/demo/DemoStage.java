package io.millrace.server.demo;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RedisServer;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.replay.Topics;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What a run has once its servers are up.
 *
 * @param sources the names of those whose past is sent
 * @param online the settings of the online store
 */
record DemoStage(
    WorkFolder work,
    Path definitionFolder,
    String dataset,
    List<String> sources,
    Definitions definitions,
    KafkaBroker kafka,
    RegistryServer registryServer,
    SchemaRegistry registry,
    Map<String, String> online) {
  static final String SERVICE = "delay_v1";
  static final String MODEL = "delay";
  static final LoopTopics TOPICS = LoopTopics.of(SERVICE);
  static final int PARTITIONS = 2;

  /** The settings of the online store, kept for those who read it. */
  static Map<String, String> online(WorkFolder work, RedisServer redis) throws IOException {
    Map<String, String> settings = new TreeMap<>();
    if (redis == null) {
      settings.put("online.store", "rocksdb");
      settings.put("online.path", work.folder("online").toString());
    } else {
      settings.put("online.store", "redis");
      settings.put("online.redis.nodes", redis.address());
    }
    Properties properties = new Properties();
    properties.putAll(settings);
    try (Writer file = Files.newBufferedWriter(work.path().resolve("online.properties"))) {
      properties.store(file, null);
    }
    return settings;
  }

  void requireTopics() throws InterruptedException {
    String bootstrap = kafka.bootstrapServers();
    List<String> partitioned =
        new ArrayList<>(definitions.sources().stream().map(EventSource::topic).toList());
    partitioned.addAll(TOPICS.partitioned());
    Topics.require(bootstrap, partitioned, PARTITIONS);
    Topics.require(bootstrap, TOPICS.single(), 1);
    Topics.requireCompacted(bootstrap, TOPICS.control());
  }
}
