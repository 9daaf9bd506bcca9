package io.millrace.online.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreContract;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineValue;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.util.JedisClusterCRC16;

/** A cluster whose slots move and whose masters die. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RedisClusterTest {
  private static final int KEYS = 500;

  @TempDir static Path temp;
  private static TestRedisCluster cluster;

  @BeforeAll
  static void startCluster() {
    cluster = TestRedisCluster.start(temp);
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @BeforeEach
  void empty() {
    cluster.clear();
  }

  @Test
  @Order(1)
  void shouldSpreadKeysOverAllMasters() {
    try (OnlineStore store = open()) {
      assertThat(store.put(rows(1))).isEqualTo(KEYS);
      assertAll(store, 1);
    }
    for (TestRedis master : cluster.masters()) {
      try (Jedis client = master.client()) {
        assertThat(client.dbSize()).as(master.address()).isGreaterThan(KEYS / 5);
      }
    }
  }

  @Test
  @Order(2)
  void shouldFollowASlotWhileItMovesAndAfterwards() {
    String key = "mr:origin_v2:k7";
    int slot = JedisClusterCRC16.getSlot(key);
    int from = slot / (16_384 / 3 + 1);
    int to = (from + 1) % 3;
    try (OnlineStore store = open();
        Jedis source = cluster.node(from).client();
        Jedis target = cluster.node(to).client()) {
      store.put(rows(1));
      String sourceId = source.clusterMyId();
      String targetId = target.clusterMyId();
      target.clusterSetSlotImporting(slot, sourceId);
      source.clusterSetSlotMigrating(slot, targetId);
      source.migrate("127.0.0.1", cluster.node(to).port(), key, 0, 5_000);
      assertThat(store.put(rows(2))).as("asked to go there once").isEqualTo(KEYS);
      assertAll(store, 2);
      // The target first: it must own the slot before the source gives it up.
      target.clusterSetSlotNode(slot, targetId);
      source.clusterSetSlotNode(slot, targetId);
      assertThat(store.put(rows(3))).as("moved there for good").isEqualTo(KEYS);
      assertAll(store, 3);
    }
  }

  @Test
  @Order(3)
  void shouldTellThatANodeOfAClusterIsNoSingleServer() {
    RedisConfig config = RedisConfig.at(cluster.node(0).address()).build();
    try (OnlineStore store = RedisOnlineStore.open(config, OnlineStoreContract.VIEWS)) {
      assertThatExceptionOfType(OnlineStoreException.class)
          .isThrownBy(() -> store.put(rows(1)))
          .withMessageContaining("it is one node of a cluster; set online.redis.cluster");
    }
  }

  @Test
  @Order(3)
  void shouldDoWithTheRightsThatTheReadmeNames() {
    for (TestRedis node : cluster.masters()) {
      try (Jedis client = node.client()) {
        client.aclSetUser(
            "writer",
            "on",
            ">pw",
            "~mr:*",
            "+mget",
            "+getrange",
            "+set",
            "+del",
            "+eval",
            "+evalsha",
            "+cluster|slots",
            "+asking");
      }
    }
    RedisConfig config =
        RedisConfig.at(cluster.masters().stream().map(TestRedis::address).toArray(String[]::new))
            .cluster()
            .user("writer")
            .password("pw")
            .build();
    try (OnlineStore store = RedisOnlineStore.open(config, OnlineStoreContract.VIEWS)) {
      assertThat(store.put(rows(1))).isEqualTo(KEYS);
      assertAll(store, 1);
      assertThat(store.erase(List.of("origin_v2"), EntityKey.of("k1"))).isEqualTo(1);
    }
  }

  /** The last one, since the cluster has a master less afterwards. */
  @Test
  @Order(4)
  void shouldGoOnWithTheReplicaWhenAMasterDies() {
    try (OnlineStore store = open()) {
      store.put(rows(1));
      try (Jedis master = cluster.node(1).client()) {
        assertThat(master.waitReplicas(1, 5_000)).as("replicas that have all").isEqualTo(1);
      }
      cluster.node(1).kill();
      TestRedis.await(() -> putAgain(store), "no replica takes the dead master's place");
      assertAll(store, 2);
    }
  }

  private static boolean putAgain(OnlineStore store) {
    try {
      store.put(rows(2));
      return true;
    } catch (OnlineStoreException e) {
      assertThat(e.isPassing()).as(e.getMessage()).isTrue();
      return false;
    }
  }

  private static OnlineStore open() {
    return RedisOnlineStore.open(
        RedisConfig.at(cluster.addresses()).cluster().build(),
        OnlineStoreContract.VIEWS,
        InstantSource.fixed(Instant.EPOCH));
  }

  private static List<FeatureRow> rows(long asOfMs) {
    List<FeatureRow> rows = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      rows.add(
          new FeatureRow("origin_v2", EntityKey.of("k" + i), asOfMs, asOfMs, i, Values.of(asOfMs)));
    }
    return rows;
  }

  private static void assertAll(OnlineStore store, long asOfMs) {
    List<OnlineKey> keys =
        rows(asOfMs).stream().map(row -> new OnlineKey(row.view(), row.key())).toList();
    assertThat(store.get(keys))
        .extracting(OnlineValue::row)
        .extracting(row -> row.orElseThrow())
        .isEqualTo(rows(asOfMs));
  }
}
