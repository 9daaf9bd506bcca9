package io.millrace.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every online store must do. An implementation's test extends it and says how to open one.
 */
public abstract class OnlineStoreContract {
  public static final OnlineView TAIL =
      new OnlineView(
          "tail_v1",
          new RowSchema(
              "tail_v1",
              List.of(
                  Field.nullable("last_delay", ValueType.INT64),
                  Field.nullable("mean_delay", ValueType.FLOAT64),
                  Field.nullable("last_origin", ValueType.STRING))),
          Optional.of(Duration.ofHours(2)),
          List.of(Field.required("tail_num", ValueType.STRING)));
  public static final OnlineView ORIGIN =
      new OnlineView(
          "origin_v2",
          new RowSchema("origin_v2", List.of(Field.nullable("flights_1h", ValueType.INT64))),
          Optional.empty(),
          List.of(Field.required("tail_num", ValueType.STRING)));
  public static final OnlineView ROUTES =
      new OnlineView(
          "routes_v1",
          new RowSchema(
              "routes_v1",
              List.of(
                  Field.nullable("last_5", ValueType.INT64_LIST),
                  Field.nullable("vector", ValueType.FLOAT64_LIST),
                  Field.nullable("origins", ValueType.STRING_LIST),
                  Field.nullable("shares", ValueType.FLOAT64_MAP))),
          Optional.empty(),
          List.of(Field.required("tail_num", ValueType.STRING)));
  public static final OnlineView PAIR =
      new OnlineView(
          "pair_v1",
          new RowSchema("pair_v1", List.of(Field.nullable("flights_1h", ValueType.INT64))),
          Optional.empty(),
          List.of(
              Field.required("tail_num", ValueType.STRING),
              Field.required("origin", ValueType.STRING)));
  public static final List<OnlineView> VIEWS = List.of(TAIL, ORIGIN, ROUTES, PAIR);

  private static final long NOON = Instant.parse("2008-03-09T12:00:00Z").toEpochMilli();

  private OnlineStore store;

  /** Opens the store of this test, empty the first time. Its clock stands at noon. */
  protected abstract OnlineStore open(Collection<OnlineView> views, Instant clock);

  /** The same by the system's clock, and forgetting rows so long after their view's ttl. */
  protected abstract OnlineStore openForgetful(
      Collection<OnlineView> views, Duration expireAfterTtl);

  @BeforeEach
  protected void openStore() {
    store = open(VIEWS, Instant.ofEpochMilli(NOON));
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void shouldAnswerWithTheRowThatWasPut() {
    FeatureRow row = tail("N1", NOON, 7);
    assertThat(store.put(row)).isEqualTo(1);
    OnlineValue value = get("tail_v1", "N1");
    assertThat(value.row()).contains(row);
    assertThat(value.status()).isEqualTo(ValueStatus.PRESENT);
    assertThat(value.servedValues()).contains(row.values());
  }

  @Test
  void shouldTellAKeyThatWasNeverWritten() {
    OnlineValue value = get("tail_v1", "N1");
    assertThat(value)
        .isEqualTo(
            new OnlineValue(
                new OnlineKey("tail_v1", EntityKey.of("N1")),
                ValueStatus.NOT_FOUND,
                Optional.empty(),
                0));
    assertThat(value.statusOf(0)).isEqualTo(ValueStatus.NOT_FOUND);
    assertThat(value.servedValues()).isEmpty();
  }

  @Test
  void shouldTellWhichFeaturesAreNull() {
    store.put(
        new FeatureRow(
            "tail_v1", EntityKey.of("N1"), NOON, NOON, 1, Values.of(null, Double.NaN, null)));
    OnlineValue value = get("tail_v1", "N1");
    assertThat(value.statusOf(0)).isEqualTo(ValueStatus.NULL_VALUE);
    assertThat(value.statusOf(1)).isEqualTo(ValueStatus.PRESENT);
    assertThat(value.statusOf(2)).isEqualTo(ValueStatus.NULL_VALUE);
  }

  @Test
  void shouldKeepListsAndMapsAndTellNullFromEmpty() {
    Values full =
        Values.of(
            List.of(5L, -1L),
            List.of(Double.NaN, -0.0),
            List.of("SFO", "", "\ud834\udd1e"),
            Map.of("SFO", 0.25, "\ud834\udd1e", -0.0));
    Values empty = Values.of(List.of(), null, List.of(), Map.of());
    store.put(new FeatureRow("routes_v1", EntityKey.of("N1"), NOON, NOON, 1, full));
    store.put(new FeatureRow("routes_v1", EntityKey.of("N2"), NOON, NOON, 1, empty));

    assertThat(get("routes_v1", "N1").servedValues()).contains(full);
    OnlineValue value = get("routes_v1", "N2");
    assertThat(value.servedValues()).contains(empty);
    assertThat(value.statusOf(0)).isEqualTo(ValueStatus.PRESENT);
    assertThat(value.statusOf(1)).isEqualTo(ValueStatus.NULL_VALUE);
  }

  @Test
  void shouldKeepTheNewestByTimeThenSequence() {
    FeatureRow newest = tail("N1", NOON, 5);
    assertThat(store.put(tail("N1", NOON, 4))).isEqualTo(1);
    assertThat(store.put(newest)).isEqualTo(1);
    assertThat(store.put(tail("N1", NOON, 4))).as("an older sequence").isZero();
    assertThat(store.put(tail("N1", NOON - 1, 99))).as("an older time").isZero();
    FeatureRow sameButOther =
        new FeatureRow(
            "tail_v1", EntityKey.of("N1"), NOON, NOON, 5, Values.of(1, 2.0, "other content"));
    assertThat(store.put(sameButOther)).as("an equal one").isZero();
    assertThat(get("tail_v1", "N1").row()).contains(newest);
    assertThat(store.put(tail("N1", NOON + 1, 0))).isEqualTo(1);
  }

  @Test
  void shouldCompareTimesAndSequencesWithTheirSign() {
    assertThat(store.put(tail("N1", -5, 3))).isEqualTo(1);
    assertThat(store.put(tail("N1", -6, 9))).isZero();
    assertThat(store.put(tail("N1", 0, 0))).isEqualTo(1);
    assertThat(get("tail_v1", "N1").row()).contains(tail("N1", 0, 0));
  }

  @Test
  void shouldPutAListAsIfOneAfterTheOther() {
    FeatureRow newest = tail("N1", NOON + 2, 1);
    assertThat(
            store.put(
                List.of(tail("N1", NOON, 1), newest, tail("N1", NOON + 1, 1), tail("N2", NOON, 1))))
        .isEqualTo(3);
    assertThat(get("tail_v1", "N1").row()).contains(newest);
    assertThat(get("tail_v1", "N2").row()).contains(tail("N2", NOON, 1));
    assertThat(store.put(List.of())).isZero();
  }

  @Test
  void shouldCountAgesToTheMillisecond() {
    long ttl = TAIL.ttl().orElseThrow().toMillis();
    store.put(tail("N1", NOON, 1));
    List<OnlineKey> keys = List.of(new OnlineKey("tail_v1", EntityKey.of("N1")));
    OnlineValue atTtl = store.get(keys, NOON + ttl).get(0);
    assertThat(atTtl.status()).isEqualTo(ValueStatus.PRESENT);
    assertThat(atTtl.ageMs()).isEqualTo(ttl);
    OnlineValue after = store.get(keys, NOON + ttl + 1).get(0);
    assertThat(after.status()).isEqualTo(ValueStatus.OUTSIDE_MAX_AGE);
    assertThat(after.ageMs()).isEqualTo(ttl + 1);
    assertThat(after.row()).as("still shown").contains(tail("N1", NOON, 1));
    assertThat(after.servedValues()).as("but not served").isEmpty();
    assertThat(after.statusOf(0)).isEqualTo(ValueStatus.OUTSIDE_MAX_AGE);
    assertThat(store.get(keys, NOON - 1).get(0).ageMs()).as("later than the clock").isEqualTo(-1);
  }

  @Test
  void shouldCountAgesFromTheLastEventByTheStoresClock() {
    store.put(
        new FeatureRow(
            "tail_v1", EntityKey.of("N1"), NOON, NOON - 7_200_001, 1, Values.of(1, 2.0, "x")));
    OnlineValue value = get("tail_v1", "N1");
    assertThat(value.ageMs()).isEqualTo(7_200_001);
    assertThat(value.status()).isEqualTo(ValueStatus.OUTSIDE_MAX_AGE);
  }

  @Test
  void shouldServeForEverWithoutATtl() {
    store.put(origin("SFO", 0, 1));
    OnlineValue value = get("origin_v2", "SFO");
    assertThat(value.status()).isEqualTo(ValueStatus.PRESENT);
    assertThat(value.ageMs()).isEqualTo(NOON);
  }

  @Test
  void shouldAnswerAllViewsAndKeysInTheOrderAsked() {
    store.put(List.of(tail("N1", NOON, 1), tail("N2", NOON, 2), origin("SFO", NOON, 3)));
    List<OnlineKey> keys =
        List.of(
            new OnlineKey("origin_v2", EntityKey.of("SFO")),
            new OnlineKey("tail_v1", EntityKey.of("N2")),
            new OnlineKey("tail_v1", EntityKey.of("none")),
            new OnlineKey("tail_v1", EntityKey.of("N1")),
            new OnlineKey("origin_v2", EntityKey.of("N1")),
            new OnlineKey("tail_v1", EntityKey.of("N2")));
    List<OnlineValue> values = store.get(keys);
    assertThat(values).extracting(OnlineValue::key).isEqualTo(keys);
    assertThat(values)
        .extracting(v -> v.row().map(FeatureRow::sequence).orElse(-1L))
        .containsExactly(3L, 2L, -1L, 1L, -1L, 2L);
    assertThat(store.get(List.of())).isEmpty();
  }

  @Test
  void shouldKeepKeysApartWhateverTheyAreMadeOf() {
    List<OnlineKey> keys = new ArrayList<>();
    for (String text :
        List.of("", "a", "a|", "a\\", "a\0b", "a:b", "{a}b", "æ北🛩", "x".repeat(3000))) {
      keys.add(new OnlineKey("origin_v2", EntityKey.of(text)));
    }
    keys.add(new OnlineKey("pair_v1", EntityKey.of("a", "")));
    keys.add(new OnlineKey("pair_v1", EntityKey.of("", "a")));
    keys.add(new OnlineKey("pair_v1", EntityKey.of("a|", "b")));
    keys.add(new OnlineKey("pair_v1", EntityKey.of("a", "|b")));
    List<FeatureRow> rows = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      OnlineKey key = keys.get(i);
      rows.add(new FeatureRow(key.view(), key.key(), NOON, NOON, i, Values.of((long) i)));
    }
    store.put(rows);
    List<OnlineValue> values = store.get(keys);
    for (int i = 0; i < keys.size(); i++) {
      assertThat(values.get(i).row()).as("key %s", keys.get(i)).contains(rows.get(i));
    }
  }

  @Test
  void shouldDeleteAKeyFromOneViewOnly() {
    store.put(List.of(tail("N1", NOON, 1), origin("N1", NOON, 1)));
    store.delete("tail_v1", EntityKey.of("N1"));
    store.delete("tail_v1", EntityKey.of("never there"));
    assertThat(get("tail_v1", "N1").status()).isEqualTo(ValueStatus.NOT_FOUND);
    assertThat(get("origin_v2", "N1").status()).isEqualTo(ValueStatus.PRESENT);
    assertThat(store.put(tail("N1", NOON - 1, 0))).as("an older row after it").isEqualTo(1);
  }

  @Test
  void shouldEraseASubjectFromAllViewsAndNobodyElse() {
    store.put(
        List.of(
            tail("N1", NOON, 1),
            origin("N1", NOON, 1),
            tail("N2", NOON, 1),
            origin("N2", NOON, 1)));
    List<String> views = List.of("tail_v1", "origin_v2", "routes_v1");
    assertThat(store.erase(views, EntityKey.of("N1"))).as("rows that were there").isEqualTo(2);
    assertThat(get("tail_v1", "N1").status()).isEqualTo(ValueStatus.NOT_FOUND);
    assertThat(get("origin_v2", "N1").status()).isEqualTo(ValueStatus.NOT_FOUND);
    assertThat(get("tail_v1", "N2").row()).contains(tail("N2", NOON, 1));
    assertThat(get("origin_v2", "N2").row()).contains(origin("N2", NOON, 1));
    assertThat(store.erase(views, EntityKey.of("N1"))).as("once more").isZero();
  }

  @Test
  void shouldKeepTimesAndSequencesThatADoubleCannotTellApart() {
    long wide = (1L << 60) + 1;
    assertThat(store.put(tail("N1", NOON, wide))).isEqualTo(1);
    assertThat(store.put(tail("N1", NOON, wide - 1))).as("older by one").isZero();
    assertThat(store.put(tail("N1", NOON, wide + 1))).as("newer by one").isEqualTo(1);
    assertThat(store.put(tail("N1", NOON, Long.MIN_VALUE))).isZero();
    assertThat(store.put(tail("N1", NOON, Long.MAX_VALUE))).isEqualTo(1);
    assertThat(get("tail_v1", "N1").row()).contains(tail("N1", NOON, Long.MAX_VALUE));
  }

  @Test
  void shouldRefuseAViewItWasNotOpenedWithAndWriteNothing() {
    String message =
        "not opened with a view carrier_v1; it was with [origin_v2, pair_v1, routes_v1, tail_v1]";
    FeatureRow unknown =
        new FeatureRow("carrier_v1", EntityKey.of("UA"), NOON, NOON, 1, Values.of(1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.put(List.of(tail("N1", NOON, 1), unknown)))
        .withMessageContaining(message);
    assertThat(get("tail_v1", "N1").status()).isEqualTo(ValueStatus.NOT_FOUND);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> get("carrier_v1", "UA"))
        .withMessageContaining(message);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.delete("carrier_v1", EntityKey.of("UA")))
        .withMessageContaining(message);
    store.put(tail("N1", NOON, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.erase(List.of("tail_v1", "carrier_v1"), EntityKey.of("N1")))
        .withMessageContaining(message);
    assertThat(get("tail_v1", "N1").status()).isEqualTo(ValueStatus.PRESENT);
  }

  @Test
  void shouldRefuseEverythingAfterItWasClosed() {
    store.close();
    store.close();
    List<Runnable> calls =
        List.of(
            () -> store.put(tail("N1", NOON, 1)),
            () -> get("tail_v1", "N1"),
            () -> store.delete("tail_v1", EntityKey.of("N1")),
            () -> store.erase(List.of("tail_v1"), EntityKey.of("N1")),
            () -> store.flush());
    for (Runnable call : calls) {
      assertThatIllegalStateException().isThrownBy(call::run).withMessageContaining("is closed");
    }
  }

  @Test
  void shouldKeepItsRowsWhenOpenedAgain() {
    store.put(tail("N1", NOON, 1));
    store.put(tail("N2", NOON, 1));
    store.delete("tail_v1", EntityKey.of("N2"));
    store.flush();
    store.close();
    store = open(VIEWS, Instant.ofEpochMilli(NOON));
    assertThat(get("tail_v1", "N1").row()).contains(tail("N1", NOON, 1));
    assertThat(get("tail_v1", "N2").status()).isEqualTo(ValueStatus.NOT_FOUND);
    assertThat(store.put(tail("N1", NOON - 1, 1))).as("still the newest").isZero();
  }

  @Test
  void shouldForgetARowSomeTimeAfterItsTtlAndNeverOneWithoutATtl() {
    store.close();
    OnlineView shortLived =
        new OnlineView("tail_v1", TAIL.schema(), Optional.of(Duration.ofMillis(100)), TAIL.keys());
    store = openForgetful(List.of(shortLived, ORIGIN), Duration.ofMillis(300));
    long putMs = System.currentTimeMillis();
    store.put(List.of(tail("N1", putMs, 1), origin("N2", putMs, 1)));
    ValueStatus last = ValueStatus.PRESENT;
    ValueStatus now = last;
    for (long sequence = 1; now != ValueStatus.NOT_FOUND; sequence++) {
      last = now;
      long nowMs = System.currentTimeMillis();
      assertThat(nowMs).as("it is never forgotten").isLessThan(putMs + 30_000);
      store.put(tail("N3", nowMs, sequence));
      store.flush();
      now = get("tail_v1", "N1").status();
    }
    assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(putMs + 400);
    assertThat(last).isEqualTo(ValueStatus.OUTSIDE_MAX_AGE);
    assertThat(get("tail_v1", "N3").row()).isPresent();
    assertThat(get("origin_v2", "N2").status()).isEqualTo(ValueStatus.PRESENT);
  }

  @Test
  void shouldEndWithTheNewestUnderConcurrentWritersAndReplays() throws Exception {
    long seed = 20080309;
    Random random = new Random(seed);
    List<FeatureRow> rows = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      rows.add(tail("N" + random.nextInt(12), NOON + random.nextInt(50), random.nextInt(20)));
    }
    Comparator<FeatureRow> age =
        Comparator.comparingLong(FeatureRow::asOfMs).thenComparingLong(FeatureRow::sequence);
    Map<EntityKey, FeatureRow> newest = new HashMap<>();
    rows.forEach(row -> newest.merge(row.key(), row, (a, b) -> age.compare(a, b) >= 0 ? a : b));
    int writers = 6;
    ExecutorService pool = Executors.newFixedThreadPool(writers + 1);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        List<FeatureRow> replay = new ArrayList<>(rows);
        Collections.shuffle(replay, new Random(seed + w));
        int batch = 1 + w * 7;
        done.add(pool.submit(() -> putInBatches(replay, batch)));
      }
      Future<?> reader = pool.submit(() -> watchThatNothingGoesBack(age));
      for (Future<?> one : done) {
        one.get();
      }
      reader.get();
    } finally {
      pool.shutdownNow();
    }
    newest.forEach(
        (key, row) ->
            assertThat(store.get(List.of(new OnlineKey("tail_v1", key))).get(0).row())
                .as("seed %d, key %s", seed, key)
                .contains(row));
  }

  private void putInBatches(List<FeatureRow> rows, int size) {
    for (int from = 0; from < rows.size(); from += size) {
      store.put(rows.subList(from, Math.min(rows.size(), from + size)));
    }
  }

  private void watchThatNothingGoesBack(Comparator<FeatureRow> age) {
    List<OnlineKey> keys = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      keys.add(new OnlineKey("tail_v1", EntityKey.of("N" + i)));
    }
    Map<OnlineKey, FeatureRow> seen = new HashMap<>();
    for (int round = 0; round < 500; round++) {
      for (OnlineValue value : store.get(keys)) {
        value
            .row()
            .ifPresent(
                row -> {
                  FeatureRow before = seen.put(value.key(), row);
                  if (before != null) {
                    assertThat(age.compare(row, before)).isGreaterThanOrEqualTo(0);
                  }
                  assertThat(row.values().longAt(0)).as("a whole row").isEqualTo(row.sequence());
                });
      }
    }
  }

  protected static FeatureRow tail(String tail, long asOfMs, long sequence) {
    return new FeatureRow(
        "tail_v1",
        EntityKey.of(tail),
        asOfMs,
        asOfMs,
        sequence,
        Values.of(sequence, asOfMs / 4.0, sequence % 3 == 0 ? null : "from " + tail));
  }

  protected static FeatureRow origin(String origin, long asOfMs, long sequence) {
    return new FeatureRow(
        "origin_v2", EntityKey.of(origin), asOfMs, asOfMs, sequence, Values.of(sequence));
  }

  private OnlineValue get(String view, String key) {
    return store.get(List.of(new OnlineKey(view, EntityKey.of(key)))).get(0);
  }
}
