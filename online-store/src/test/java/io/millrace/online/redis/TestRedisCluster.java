package io.millrace.online.redis;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Jedis;

/** Three masters and a replica of each, six real servers. */
final class TestRedisCluster implements AutoCloseable {
  private static final int MASTERS = 3;
  private static final int SLOTS = 16_384;

  private final List<TestRedis> nodes = new ArrayList<>();

  private TestRedisCluster() {}

  static TestRedisCluster start(Path folder) {
    TestRedisCluster cluster = new TestRedisCluster();
    try {
      for (int i = 0; i < 2 * MASTERS; i++) {
        cluster.nodes.add(
            TestRedis.start(
                folder.resolve("node-" + i),
                "--cluster-enabled",
                "yes",
                "--cluster-node-timeout",
                "2000",
                "--repl-diskless-sync-delay",
                "0"));
      }
      cluster.join();
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void join() {
    for (int i = 0; i < nodes.size(); i++) {
      try (Jedis client = nodes.get(i).client()) {
        client.clusterMeet("127.0.0.1", nodes.get(0).port());
        if (i < MASTERS) {
          int[] slots = new int[(i + 1) * SLOTS / MASTERS - i * SLOTS / MASTERS];
          for (int s = 0; s < slots.length; s++) {
            slots[s] = i * SLOTS / MASTERS + s;
          }
          client.clusterAddSlots(slots);
        }
      }
    }
    TestRedis.await(this::allKnowAll, "the nodes of the cluster do not find each other");
    for (int i = MASTERS; i < nodes.size(); i++) {
      try (Jedis replica = nodes.get(i).client();
          Jedis master = nodes.get(i - MASTERS).client()) {
        replica.clusterReplicate(master.clusterMyId());
      }
    }
    TestRedis.await(() -> nodes.stream().allMatch(TestRedisCluster::isWhole), "no whole cluster");
    TestRedis.await(
        () -> nodes.subList(MASTERS, nodes.size()).stream().allMatch(TestRedisCluster::follows),
        "the replicas do not follow");
  }

  private boolean allKnowAll() {
    return nodes.stream()
        .allMatch(
            node -> {
              try (Jedis client = node.client()) {
                return client.clusterNodes().lines().filter(l -> l.contains(" connected")).count()
                    == nodes.size();
              }
            });
  }

  private static boolean isWhole(TestRedis node) {
    try (Jedis client = node.client()) {
      return client.clusterInfo().contains("cluster_state:ok");
    }
  }

  private static boolean follows(TestRedis replica) {
    try (Jedis client = replica.client()) {
      return client.info("replication").contains("master_link_status:up");
    }
  }

  TestRedis node(int i) {
    return nodes.get(i);
  }

  List<TestRedis> masters() {
    return nodes.subList(0, MASTERS);
  }

  String[] addresses() {
    return nodes.stream().map(TestRedis::address).toArray(String[]::new);
  }

  void clear() {
    for (TestRedis node : masters()) {
      try (Jedis client = node.client()) {
        client.flushAll();
      }
    }
  }

  @Override
  public void close() {
    nodes.forEach(TestRedis::close);
  }
}
