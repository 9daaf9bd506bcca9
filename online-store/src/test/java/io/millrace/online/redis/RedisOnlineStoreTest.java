package io.millrace.online.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreContract;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineValue;
import io.millrace.online.ValueStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Jedis;

/** What is Redis' own; what every store must do is in the contract. */
class RedisOnlineStoreTest {
  private static final Duration WEEK = Duration.ofDays(7);

  @TempDir static Path temp;
  private static TestRedis redis;

  @BeforeAll
  static void startRedis() {
    redis = TestRedis.start(temp.resolve("redis"));
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  @BeforeEach
  void empty() {
    try (Jedis client = redis.client()) {
      client.flushAll();
    }
  }

  @ParameterizedTest
  @EnumSource(RedisConfig.Layout.class)
  void shouldForgetARowLongAfterItsTtlAndOneWithoutATtlNever(RedisConfig.Layout layout) {
    try (OnlineStore store = open(at().layout(layout));
        Jedis client = redis.client()) {
      store.put(tail("N1", 1));
      byte[] key = client.keys("*".getBytes(UTF_8)).iterator().next();
      long whole = OnlineStoreContract.TAIL.ttl().orElseThrow().plus(WEEK).toMillis();
      assertThat(client.pttl(key)).isBetween(whole - 60_000, whole);
      client.pexpire(key, 1_000_000);
      store.put(tail("N1", 1));
      assertThat(client.pttl(key)).as("a replay does not prolong it").isLessThan(1_000_001);
      store.put(tail("N1", 2));
      assertThat(client.pttl(key)).as("a newer row does").isGreaterThan(whole - 60_000);
      store.put(origin("SFO", 1));
      assertThat(client.keys("*".getBytes(UTF_8)).stream().map(client::pttl)).contains(-1L);
    }
  }

  @Test
  void shouldKeepAFeastHashAsLongAsItsLongestView() {
    try (OnlineStore store = open(at().layout(RedisConfig.Layout.FEAST));
        Jedis client = redis.client()) {
      store.put(List.of(tail("N1", 1), origin("N1", 1)));
      byte[] key = client.keys("*".getBytes(UTF_8)).iterator().next();
      assertThat(client.pttl(key)).isEqualTo(-1);
      store.put(tail("N1", 2));
      assertThat(client.pttl(key)).as("the other view still has no ttl").isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource(RedisConfig.Layout.class)
  void shouldTeachTheServerAScriptThatItForgot(RedisConfig.Layout layout) {
    try (OnlineStore store = open(at().layout(layout));
        Jedis client = redis.client()) {
      store.put(tail("N1", 1));
      client.scriptFlush();
      assertThat(store.put(List.of(tail("N1", 2), tail("N2", 1)))).isEqualTo(2);
      assertThat(store.put(List.of(tail("N1", 1), tail("N2", 1)))).isZero();
    }
  }

  @Test
  void shouldGiveWayToWhatFeastWroteLater() {
    try (OnlineStore store = open(at().layout(RedisConfig.Layout.FEAST));
        Jedis client = redis.client()) {
      store.put(origin("SFO", 1_000));
      byte[] key = client.keys("*".getBytes(UTF_8)).iterator().next();
      byte[] field = FeastLayout.fieldOf("origin_v2:flights_1h");
      client.hset(key, "_ts:origin_v2".getBytes(UTF_8), FeastValues.timestamp(5_500));
      client.hset(key, field, new byte[] {0x20, 77});

      OnlineValue value = get(store, "origin_v2", "SFO");
      assertThat(value.row().orElseThrow().values().longAt(0)).isEqualTo(77);
      assertThat(value.row().orElseThrow().asOfMs()).isEqualTo(5_500);
      assertThat(store.put(origin("SFO", 5_499))).as("older than Feast's").isZero();
      assertThat(store.put(origin("SFO", 5_500))).as("of the same time").isEqualTo(1);
      assertThat(get(store, "origin_v2", "SFO").row()).contains(origin("SFO", 5_500));
    }
  }

  @Test
  void shouldRefuseAKeyThatSomebodyElseWrote() {
    try (OnlineStore store = open(at());
        Jedis client = redis.client()) {
      client.set("mr:tail_v1:N1", "somebody else's");
      assertThatExceptionOfType(OnlineStoreException.class)
          .isThrownBy(() -> store.put(tail("N1", 1)))
          .withMessageContaining("a key of ours holds what is no row")
          .withMessageContaining("mr:tail_v1:N1");
      client.del("mr:tail_v1:N1");
      client.lpush("mr:tail_v1:N1", "a list");
      OnlineStoreException error =
          catchThrowableOfType(OnlineStoreException.class, () -> store.put(tail("N1", 1)));
      assertThat(error).hasMessageContaining("a key of ours is of another type");
      assertThat(error.isPassing()).isFalse();
    }
  }

  @Test
  void shouldAnswerAgainAfterTheServerWasKilledAndIsBack() {
    TestRedis killed =
        TestRedis.start(temp.resolve("killed"), "--appendonly", "yes", "--appendfsync", "always");
    try (OnlineStore store =
        open(RedisConfig.at(killed.address()).timeout(Duration.ofMillis(500)))) {
      store.put(tail("N1", 1));
      killed.kill();
      OnlineStoreException error =
          catchThrowableOfType(OnlineStoreException.class, () -> store.put(tail("N1", 2)));
      assertThat(error).hasMessageContaining("Redis at " + killed.address() + " does not answer");
      assertThat(error.isPassing()).isTrue();
      assertThatExceptionOfType(OnlineStoreException.class)
          .isThrownBy(() -> get(store, "tail_v1", "N1"))
          .withMessageContaining("does not answer");
      killed.start();
      TestRedis.await(() -> answers(store), "the store does not answer again");
      assertThat(get(store, "tail_v1", "N1").row()).contains(tail("N1", 1));
      assertThat(store.put(tail("N1", 2))).isEqualTo(1);
    } finally {
      killed.close();
    }
  }

  @Test
  void shouldReadOnAfterARestartThatNobodySaw() {
    TestRedis restarted =
        TestRedis.start(
            temp.resolve("restarted"), "--appendonly", "yes", "--appendfsync", "always");
    try (OnlineStore store = open(RedisConfig.at(restarted.address()))) {
      store.put(tail("N1", 1));
      restarted.kill();
      restarted.start();
      TestRedis.await(() -> isLoaded(restarted), "the server does not read its file");
      assertThat(get(store, "tail_v1", "N1").row()).contains(tail("N1", 1));
    } finally {
      restarted.close();
    }
  }

  @Test
  void shouldSayThatThePasswordOrTheRightIsMissing() {
    TestRedis guarded = TestRedis.start(temp.resolve("guarded"), "--requirepass", "secret");
    try (Jedis client = guarded.client()) {
      client.auth("secret");
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
          "+evalsha");
      client.aclSetUser("reader", "on", ">pw", "~mr:*", "+mget");

      assertRefused(RedisConfig.at(guarded.address()), "it wants a password");
      assertRefused(
          RedisConfig.at(guarded.address()).user("writer").password("wrong"),
          "user or password is wrong");
      try (OnlineStore store =
          open(RedisConfig.at(guarded.address()).user("writer").password("pw"))) {
        assertThat(store.put(tail("N1", 1))).isEqualTo(1);
        assertThat(store.erase(List.of("tail_v1"), EntityKey.of("N1"))).isEqualTo(1);
      }
      try (OnlineStore store =
          open(RedisConfig.at(guarded.address()).user("reader").password("pw"))) {
        assertThat(get(store, "tail_v1", "N1").status()).isEqualTo(ValueStatus.NOT_FOUND);
      }
      assertRefused(
          RedisConfig.at(guarded.address()).user("reader").password("pw"), "ACL does not allow");
      assertThat(RedisConfig.at("h:1").password("secret").build().toString())
          .doesNotContain("secret");
    } finally {
      guarded.close();
    }
  }

  private static void assertRefused(RedisConfig.Builder config, String message) {
    try (OnlineStore store = open(config)) {
      OnlineStoreException error =
          catchThrowableOfType(OnlineStoreException.class, () -> store.put(tail("N1", 1)));
      assertThat(error).hasMessageContaining(message);
      assertThat(error.isPassing()).as(error.getMessage()).isFalse();
    }
  }

  @Test
  void shouldSpeakTlsToWhomItsAuthoritiesVouchForAndToNobodyElse() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("tls"));
    try (TlsFront front = TlsFront.start(folder, redis.port(), "localhost")) {
      String address = "localhost:" + front.port();
      try (OnlineStore store = open(RedisConfig.at(address).tls(front.certificate()))) {
        assertThat(store.put(tail("N1", 1))).isEqualTo(1);
        assertThat(get(store, "tail_v1", "N1").row()).contains(tail("N1", 1));
      }
      try (OnlineStore store = open(RedisConfig.at(address).tls())) {
        OnlineStoreException error =
            catchThrowableOfType(OnlineStoreException.class, () -> get(store, "tail_v1", "N1"));
        assertThat(error).hasMessageContaining("cannot be spoken to over TLS");
        assertThat(error.isPassing()).isFalse();
      }
    }
    Path other = Files.createDirectory(temp.resolve("tls-other"));
    try (TlsFront front = TlsFront.start(other, redis.port(), "elsewhere.example");
        OnlineStore store =
            open(RedisConfig.at("localhost:" + front.port()).tls(front.certificate()))) {
      assertThatExceptionOfType(OnlineStoreException.class)
          .as("a certificate of another host")
          .isThrownBy(() -> get(store, "tail_v1", "N1"))
          .withMessageContaining("cannot be spoken to over TLS");
    }
  }

  @Test
  void shouldShowACertificateOfItsOwnWhereOneIsAskedFor() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("tls-known"));
    try (TlsFront front = TlsFront.startForTheKnown(folder, redis.port(), "localhost")) {
      String address = "localhost:" + front.port();
      try (OnlineStore store =
          open(
              RedisConfig.at(address)
                  .tls(front.certificate())
                  .clientCertificate(front.certificate(), front.key()))) {
        assertThat(store.put(tail("N7", 1))).isEqualTo(1);
      }
      try (OnlineStore store = open(RedisConfig.at(address).tls(front.certificate()))) {
        assertThatExceptionOfType(OnlineStoreException.class)
            .as("no certificate")
            .isThrownBy(() -> get(store, "tail_v1", "N7"));
      }
      assertThatExceptionOfType(OnlineStoreException.class)
          .as("a certificate is no key")
          .isThrownBy(
              () ->
                  open(
                      RedisConfig.at(address)
                          .tls(front.certificate())
                          .clientCertificate(front.certificate(), front.certificate())))
          .withMessageContaining("authority.pem holds no private key");
    }
  }

  private static boolean answers(OnlineStore store) {
    try {
      get(store, "tail_v1", "N1");
      return true;
    } catch (OnlineStoreException e) {
      assertThat(e.isPassing()).as(e.getMessage()).isTrue();
      return false;
    }
  }

  private static boolean isLoaded(TestRedis server) {
    try (Jedis client = server.client()) {
      return client.info("persistence").contains("loading:0");
    }
  }

  private static RedisConfig.Builder at() {
    return RedisConfig.at(redis.address());
  }

  private static OnlineStore open(RedisConfig.Builder config) {
    return RedisOnlineStore.open(
        config.build(), OnlineStoreContract.VIEWS, InstantSource.fixed(Instant.EPOCH));
  }

  private static OnlineValue get(OnlineStore store, String view, String key) {
    return store.get(List.of(new OnlineKey(view, EntityKey.of(key)))).get(0);
  }

  private static FeatureRow tail(String key, long asOfMs) {
    return new FeatureRow(
        "tail_v1", EntityKey.of(key), asOfMs, asOfMs, 1, Values.of(asOfMs, 0.5, null));
  }

  private static FeatureRow origin(String key, long asOfMs) {
    return new FeatureRow("origin_v2", EntityKey.of(key), asOfMs, asOfMs, 1, Values.of(asOfMs));
  }
}
