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
import redis.clients.jedis.Jedis;

class RedisPackedContractTest extends OnlineStoreContract {
  @TempDir static Path temp;
  private static TestRedis redis;

  @BeforeAll
  static void startRedis() {
    redis = TestRedis.start(temp);
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeEach
  @Override
  protected void openStore() {
    try (Jedis client = redis.client()) {
      client.flushAll();
    }
    super.openStore();
  }

  @Override
  protected OnlineStore open(Collection<OnlineView> views, Instant clock) {
    return RedisOnlineStore.open(
        RedisConfig.at(redis.address()).build(), views, InstantSource.fixed(clock));
  }

  @Override
  protected OnlineStore openForgetful(Collection<OnlineView> views, Duration expireAfterTtl) {
    return RedisOnlineStore.open(
        RedisConfig.at(redis.address()).expireAfterTtl(expireAfterTtl).build(), views);
  }
}
