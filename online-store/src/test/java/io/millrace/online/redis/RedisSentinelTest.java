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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** A master, its replica and a sentinel, each a process. */
class RedisSentinelTest {
  @TempDir Path temp;

  @Test
  void shouldGoOnWithTheReplicaWhenTheMasterDies() {
    try (TestRedis master = TestRedis.start(temp.resolve("master"));
        TestRedis replica =
            TestRedis.start(
                temp.resolve("replica"),
                "--replicaof",
                "127.0.0.1 " + master.port(),
                "--repl-diskless-sync-delay",
                "0");
        TestRedis sentinel = TestRedis.startSentinel(temp.resolve("sentinel"), "main", master);
        OnlineStore store = open(sentinel, "main")) {
      TestRedis.await(() -> knowsTheReplica(sentinel), "the sentinel finds no replica");
      assertThat(store.put(row("SFO", 1))).isEqualTo(1);
      TestRedis.await(() -> sizeOf(replica) == 1, "the replica does not follow");

      master.kill();
      TestRedis.await(() -> isPut(store, row("SFO", 2)), "no row is put after the master's death");

      assertThat(store.get(List.of(new OnlineKey("origin_v2", EntityKey.of("SFO")))).get(0).row())
          .contains(row("SFO", 2));
      assertThat(sizeOf(replica)).isEqualTo(1);
    }
  }

  @Test
  void shouldTellOfSentinelsThatDoNotAnswerOrKnowNoSuchMaster() {
    try (TestRedis master = TestRedis.start(temp.resolve("master"));
        TestRedis sentinel = TestRedis.startSentinel(temp.resolve("sentinel"), "main", master)) {
      try (OnlineStore store = open(sentinel, "mian")) {
        assertThatExceptionOfType(OnlineStoreException.class)
            .isThrownBy(() -> store.put(row("SFO", 1)))
            .withMessageContaining("(sentinels of mian)");
      }
      sentinel.kill();
      try (OnlineStore store = open(sentinel, "main")) {
        assertThatExceptionOfType(OnlineStoreException.class)
            .isThrownBy(() -> store.put(row("SFO", 1)))
            .matches(OnlineStoreException::isPassing);
      }
    }
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> RedisConfig.at("h:1").cluster().sentinels("main").build())
        .withMessageContaining("a cluster needs no sentinels");
  }

  @Test
  void shouldNameItselfToSentinelsAndToTheServerEachInItsWay() {
    try (TestRedis master = TestRedis.start(temp.resolve("master"), "--requirepass", "master-pw");
        TestRedis sentinel =
            TestRedis.startSentinel(
                temp.resolve("sentinel"),
                "main",
                master,
                "sentinel auth-pass main master-pw",
                "user default off",
                "user watcher on >sentinel-pw ~* &* +@all")) {
      try (OnlineStore store =
          RedisOnlineStore.open(
              guarded(sentinel).sentinelUser("watcher").sentinelPassword("sentinel-pw").build(),
              OnlineStoreContract.VIEWS)) {
        assertThat(store.put(row("SFO", 1))).isEqualTo(1);
      }
      try (OnlineStore store =
          RedisOnlineStore.open(guarded(sentinel).build(), OnlineStoreContract.VIEWS)) {
        assertThatExceptionOfType(OnlineStoreException.class)
            .isThrownBy(() -> store.put(row("SFO", 1)))
            .withMessageContaining("sentinel");
      }
    }
  }

  private static RedisConfig.Builder guarded(TestRedis sentinel) {
    return RedisConfig.at(sentinel.address())
        .sentinels("main")
        .password("master-pw")
        .timeout(Duration.ofMillis(500));
  }

  private static OnlineStore open(TestRedis sentinel, String master) {
    return RedisOnlineStore.open(
        RedisConfig.at(sentinel.address())
            .sentinels(master)
            .timeout(Duration.ofMillis(500))
            .build(),
        OnlineStoreContract.VIEWS);
  }

  private static FeatureRow row(String key, long sequence) {
    return new FeatureRow("origin_v2", EntityKey.of(key), 1, 1, sequence, Values.of(sequence));
  }

  /** Whether the row is there; an error while the master is replaced must be one that passes. */
  private static boolean isPut(OnlineStore store, FeatureRow row) {
    try {
      store.put(row);
      return true;
    } catch (OnlineStoreException e) {
      assertThat(e.isPassing()).as(e.getMessage()).isTrue();
      return false;
    }
  }

  private static boolean knowsTheReplica(TestRedis sentinel) {
    try (Jedis client = sentinel.client()) {
      return client.info("sentinel").contains("slaves=1");
    }
  }

  private static long sizeOf(TestRedis server) {
    try (Jedis client = server.client()) {
      return client.dbSize();
    }
  }
}
