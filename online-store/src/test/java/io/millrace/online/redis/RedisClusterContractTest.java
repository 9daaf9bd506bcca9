package io.millrace.online.redis;

import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreContract;
import io.millrace.online.OnlineView;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class RedisClusterContractTest extends OnlineStoreContract {
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
  @Override
  protected void openStore() {
    cluster.clear();
    super.openStore();
  }

  @Override
  protected OnlineStore open(Collection<OnlineView> views, Instant clock) {
    return RedisOnlineStore.open(
        RedisConfig.at(cluster.addresses()).cluster().build(), views, InstantSource.fixed(clock));
  }

  @Override
  protected OnlineStore openForgetful(Collection<OnlineView> views, Duration expireAfterTtl) {
    return RedisOnlineStore.open(
        RedisConfig.at(cluster.addresses()).cluster().expireAfterTtl(expireAfterTtl).build(),
        views);
  }
}
