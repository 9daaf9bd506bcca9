package io.millrace.online.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreContract;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.redis.TestRedis;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnlineSettingsTest {
  @TempDir Path temp;

  @Test
  void shouldNameEveryMistakeAtOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                OnlineSettings.of(
                    Map.of(
                        "online.store", "redis",
                        "online.redis.layout", "fast",
                        "online.redis.timeout", "2 s",
                        "online.redis.tls", "yes",
                        "online.redis.max-connections", "-1",
                        "online.redis.node", "h:1",
                        "other.key", "is not ours")))
        .withMessageContaining("online.redis.node is unknown; there are [online.store, online.path")
        .withMessageContaining("online.redis.nodes is missing: The server of the store redis")
        .withMessageContaining("online.redis.layout is packed or feast, but it is fast")
        .withMessageContaining(
            "online.redis.timeout is a duration such as PT5S or P7D, but it is 2 s")
        .withMessageContaining("online.redis.tls is true or false, but it is yes")
        .withMessageContaining("online.redis.max-connections is a whole number, but it is -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnlineSettings.of(Map.of()))
        .withMessage("online.path is missing: The folder of the store rocksdb, which needs one.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnlineSettings.of(Map.of("online.store", "valkey")))
        .withMessage("online.store is rocksdb or redis, but it is valkey");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                OnlineSettings.of(
                    Map.of("online.store", "redis", "online.redis.nodes", "a:1, b:2")))
        .withMessageContaining("one node of Redis is spoken to unless it is a cluster");
  }

  @Test
  void shouldOpenTheStoreThatIsNamed() {
    OnlineSettings rocksDb =
        OnlineSettings.of(Map.of("online.path", temp.resolve("store").toString()));
    assertThat(rocksDb.isShared()).isFalse();
    try (OnlineStore store = rocksDb.open(OnlineStoreContract.VIEWS, InstantSource.system())) {
      assertThat(store.put(row())).isEqualTo(1);
    }
  }

  @Test
  void shouldReadThePasswordWhereTheStoreIsOpenedAndNeverShowIt() throws Exception {
    Path file = Files.writeString(temp.resolve("password"), "secret\n");
    try (TestRedis redis = TestRedis.start(temp.resolve("redis"), "--requirepass", "secret")) {
      OnlineSettings settings =
          OnlineSettings.of(
              Map.of(
                  "online.store", "redis",
                  "online.redis.nodes", redis.address(),
                  "online.redis.password-file", file.toString()));
      assertThat(settings.isShared()).isTrue();
      try (OnlineStore store = settings.open(OnlineStoreContract.VIEWS, InstantSource.system())) {
        assertThat(store.put(row())).isEqualTo(1);
        assertThat(store.toString() + settings).doesNotContain("secret");
      }
      Files.delete(file);
      assertThatExceptionOfType(OnlineStoreException.class)
          .isThrownBy(() -> settings.open(OnlineStoreContract.VIEWS, InstantSource.system()))
          .withMessageContaining("online.redis.password-file " + file + " cannot be read");
    }
  }

  private static FeatureRow row() {
    return new FeatureRow("origin_v2", EntityKey.of("SFO"), 1, 1, 1, Values.of(1L));
  }
}
