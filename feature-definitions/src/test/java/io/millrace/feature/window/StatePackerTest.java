package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.OTHER_WINDOWS;
import static io.millrace.feature.window.TestPayments.WINDOWS;
import static io.millrace.feature.window.TestPayments.add;
import static io.millrace.feature.window.TestPayments.differences;
import static io.millrace.feature.window.TestPayments.event;
import static io.millrace.feature.window.TestPayments.everyFeature;
import static io.millrace.feature.window.TestPayments.feature;
import static io.millrace.feature.window.TestPayments.randomEvents;
import static io.millrace.feature.window.TestPayments.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Event;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expressions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatePackerTest {
  private static final WindowSpec HOUR = WindowSpec.slidingExact(Duration.ofHours(1));

  private final ViewAggregator aggregator =
      ViewAggregator.of(
          view(
              feature("total", Aggregation.SUM, "amount", HOUR),
              feature("shop", Aggregation.LAST, "shop", WindowSpec.lifetime())),
          EVENTS);

  private final StateMigration reader = StateMigration.to(aggregator, List.of());

  private byte[] state() {
    byte[] state =
        aggregator.add(
            ViewAggregator.EMPTY,
            0x0102030405L,
            7,
            aggregator.contribution(
                event(0, new Position("payments", 0, 0), -2L, 1.0, true, "bakery").values()));
    aggregator.countRow(state);
    return state;
  }

  @Test
  void shouldHaveTheBytesThatItsPictureShows() {
    byte[] packed = aggregator.packer().packed(state());
    String expected =
        "03000000" // version
            + "9fb96743" // fingerprint
            + "8a9098a020" // last event
            + "f6efe7dfdfffffffff01" // never expired, less that
            + "02" // one row made
            + "02" // exact: one tile
            + "028a9098a020020000" // its start, then steps of 1, of which there are none
            + "010300" // low half of the sum: -2, no bits above
            + "010100" // high half: -1
            + "010200" // how many: 1
            + "02" // lifetime: one tile
            + "81010100000000000000800000" // its start, an exception
            + "018a9098a02000" // last: time
            + "010e00" // last: order
            + "010c00" // last: text at 0, 6 bytes
            + "0c62616b657279" // 6 bytes of text: bakery
            + "0000000000000000";
    assertThat(HexFormat.of().formatHex(packed)).isEqualTo(expected);
    byte[] read = reader.state(HexFormat.of().parseHex(expected));
    assertThat(aggregator.valuesAt(read, 0x0102030406L)).isEqualTo(Values.of(-2, "bakery"));
    assertThat(aggregator.sequence(read)).isEqualTo(1);
  }

  @Test
  void shouldReadTheFirstVersion() {
    byte[] old =
        HexFormat.of()
            .parseHex(
                "01000000" // version
                    + "9fb96743" // fingerprint
                    + "0504030201000000" // last event
                    + "0000000000000080" // never expired
                    + "0100000000000000" // rows made
                    + "06000000" // bytes of text
                    + "0100000001000000" // exact: tiles, capacity
                    + "0100000001000000" // lifetime: tiles, capacity
                    + "0504030201000000" // the exact tile
                    + "feffffffffffffffffffffffffffffff" // sum, 128 bits
                    + "0100000000000000" // how many
                    + "0000000000000080" // the lifetime's tile
                    + "0504030201000000" // last: time
                    + "0700000000000000" // last: order
                    + "0600000000000000" // last: text at 0, 6 bytes
                    + "62616b657279" // bakery
                    + "000000"); // room for text
    byte[] read = reader.state(old);
    assertThat(aggregator.valuesAt(read, 0x0102030406L)).isEqualTo(Values.of(-2, "bakery"));
    assertThat(aggregator.packer().packed(read)).isEqualTo(aggregator.packer().packed(state()));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldGoOnFromWhatWasPacked(long seed) {
    Random random = new Random(seed);
    List<WindowSpec> windows = new ArrayList<>(WINDOWS);
    windows.addAll(OTHER_WINDOWS);
    Collections.shuffle(windows, random);
    FeatureView view = everyFeature(windows.subList(0, 4), Optional.empty());
    ViewAggregator every =
        ViewAggregator.of(
            view,
            EVENTS,
            text -> Expressions.compile(text, EVENTS),
            seed % 3 == 0,
            Duration.ofHours(1).toMillis());
    StateMigration migration = StateMigration.to(every, List.of());
    StatePacker packer = every.packer();
    byte[] kept = ViewAggregator.EMPTY;
    byte[] packed = ViewAggregator.EMPTY;
    for (Event event : randomEvents(random, 60)) {
      kept = add(every, kept, event);
      byte[] read = add(every, migration.state(packed), event);
      long asOfMs = event.timeMs() + 1;
      if (random.nextBoolean()) {
        kept = every.expire(kept, asOfMs);
        read = every.expire(read, asOfMs);
      }
      packed = packer.packed(read);
      assertThat(packer.packed(migration.state(packed)))
          .as("seed %d as of %d", seed, asOfMs)
          .isEqualTo(packed);
      long at = asOfMs + random.nextInt(4_000_000);
      assertThat(
              differences(
                  every, every.valuesAt(migration.state(packed), at), every.valuesAt(kept, at)))
          .as("seed %d as of %d", seed, at)
          .isEmpty();
      if (random.nextInt(10) == 0) {
        assertThat(every.nextChangeAfter(migration.state(packed), at))
            .as("seed %d, next change after %d", seed, at)
            .isEqualTo(every.nextChangeAfter(kept, at));
      }
    }
  }

  @Test
  void shouldTakeFewBytesForTilesOfPrices() {
    WindowSpec window = WindowSpec.slidingByTiles(Duration.ofHours(1), Duration.ofMinutes(1));
    List<Feature> features = new ArrayList<>();
    features.add(feature("n", Aggregation.COUNT, "*", window));
    for (Aggregation one :
        List.of(Aggregation.SUM, Aggregation.AVG, Aggregation.MIN, Aggregation.MAX)) {
      features.add(feature(one.word(), one, "rate", window));
    }
    ViewAggregator prices = ViewAggregator.of(view(features.toArray(Feature[]::new)), EVENTS);
    Random random = new Random(5);
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < 240; i++) {
      double price = random.nextInt(1 << 16) / 100.0;
      state =
          add(
              prices,
              state,
              event(i * 15_000L, new Position("payments", 0, i), 1L, price, true, "a"));
    }
    // Of 60 tiles of seven numbers, 56 bytes as they lie in memory.
    assertThat(prices.packer().packed(state).length).isLessThan(60 * 14);
  }

  @Test
  void shouldRefuseWhatItCannotRead() {
    byte[] packed = aggregator.packer().packed(state());
    for (int length = 1; length < packed.length - PackedBytes.SLACK; length++) {
      byte[] cut = Arrays.copyOf(packed, length);
      assertThatThrownBy(() -> reader.state(cut))
          .as("cut to %d bytes", length)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a stored state of card_v1 is damaged");
    }
    byte[] newer = packed.clone();
    newer[0] = 9;
    assertThatThrownBy(() -> reader.state(newer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "this stored state of card_v1 has version 9, but this release reads versions 1 and 3;"
                + " run the release that wrote it");
  }
}
