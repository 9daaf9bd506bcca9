package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.add;
import static io.millrace.feature.window.TestPayments.event;
import static io.millrace.feature.window.TestPayments.feature;
import static io.millrace.feature.window.TestPayments.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ViewStateTest {
  private static final WindowSpec HOUR = WindowSpec.slidingExact(Duration.ofHours(1));

  private final ViewAggregator aggregator =
      ViewAggregator.of(
          view(
              feature("total", Aggregation.SUM, "amount", HOUR),
              feature("shop", Aggregation.LAST, "shop", WindowSpec.lifetime())),
          EVENTS);

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
    byte[] state = state();
    String expected =
        "02000000" // version
            + "9fb96743" // fingerprint
            + "0504030201000000" // last event
            + "0000000000000080" // never expired
            + "0100000000000000" // rows made
            + "06000000" // bytes of text
            + "010000000100000000000000" // exact: tiles, capacity, none with nodes
            + "010000000100000000000000" // lifetime: tiles, capacity, none with nodes
            + "0504030201000000" // the exact tile
            + "feffffffffffffffffffffffffffffff" // sum, 128 bits
            + "0100000000000000" // how many
            + "0000000000000080" // the lifetime's tile
            + "0504030201000000" // last: time
            + "0700000000000000" // last: order
            + "0600000000000000" // last: text at 0, 6 bytes
            + "62616b657279" // bakery
            + "000000"; // room for text
    assertThat(HexFormat.of().formatHex(state)).isEqualTo(expected);
    assertThat(aggregator.valuesAt(HexFormat.of().parseHex(expected), 0x0102030406L))
        .isEqualTo(Values.of(-2, "bakery"));
  }

  @Test
  void shouldRefuseAStateOfANewerVersion() {
    byte[] newer = state();
    newer[0] = 9;
    assertThatThrownBy(() -> aggregator.valuesAt(newer, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "this state of card_v1 has version 9, but this release reads version 2 only; run the"
                + " release that wrote it");
  }

  @Test
  void shouldRefuseAStateOfOtherFeatures() {
    ViewAggregator other =
        ViewAggregator.of(view(feature("total", Aggregation.SUM, "rate", HOUR)), EVENTS);
    assertThatThrownBy(() -> other.add(state(), 10, 0, other.contribution(event(0, 1L).values())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("this state has the fingerprint 4367b99f, but that of card_v1 is ")
        .hasMessageContaining("give the changed view a new version and backfill it");
  }

  @Test
  void shouldRefuseAStateThatIsCut() {
    assertThatThrownBy(() -> aggregator.lastEventMs(Arrays.copyOf(state(), 30)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "this state of card_v1 is damaged: of its 30 bytes, it is shorter than its header;"
                + " restore it from a checkpoint or backfill the view");
    assertThatThrownBy(() -> aggregator.valuesAt(Arrays.copyOf(state(), 100), 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("of its 100 bytes, tracks end at 124 and texts use 6 bytes");
  }

  @Test
  void shouldRefuseAStateWithMoreTilesThanRoom() {
    byte[] state = state();
    state[36] = 2;
    assertThatThrownBy(() -> aggregator.expire(state, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("track 0 has 2 tiles of 1");
    state[36] = 1;
    state[43] = (byte) 0x80;
    assertThatThrownBy(() -> aggregator.nextChangeAfter(state, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("track 0 has 1 tiles of -2147483647");
  }

  @Test
  void shouldKeepItsLayoutWhenFeaturesAreReorderedOrRenamed() {
    ViewAggregator reordered =
        ViewAggregator.of(
            view(
                feature("newest_shop", Aggregation.LAST, "shop", WindowSpec.lifetime()),
                feature("spent", Aggregation.SUM, "amount", HOUR)),
            EVENTS);
    assertThat(reordered.valuesAt(state(), 0x0102030406L)).isEqualTo(Values.of("bakery", -2));
  }

  @Test
  void shouldShareColumnsAmongFeaturesOfOneInput() {
    ViewAggregator one =
        ViewAggregator.of(view(feature("mean", Aggregation.AVG, "amount", HOUR)), EVENTS);
    ViewAggregator many =
        ViewAggregator.of(
            view(
                feature("mean", Aggregation.AVG, "amount", HOUR),
                feature("total", Aggregation.SUM, "amount", HOUR),
                feature(
                    "brief",
                    Aggregation.SUM,
                    "amount",
                    WindowSpec.slidingExact(Duration.ofMinutes(1)))),
            EVENTS);
    assertThat(add(many, ViewAggregator.EMPTY, event(5, 1L)))
        .isEqualTo(add(one, ViewAggregator.EMPTY, event(5, 1L)));
  }

  @Test
  void shouldMostlyAppendInPlace() {
    byte[] state = ViewAggregator.EMPTY;
    int copies = 0;
    for (int i = 0; i < 10_000; i++) {
      byte[] added = add(aggregator, state, event(i, 1L));
      copies += added == state ? 0 : 1;
      state = added;
    }
    assertThat(copies).isLessThan(100);
    assertThat(aggregator.valuesAt(state, 10_000).longAt(0)).isEqualTo(10_000);
  }

  @Test
  void shouldNotGrowWithTextsThatWereReplaced() {
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < 10_000; i++) {
      String shop = "x".repeat(i % 50);
      state = add(aggregator, state, event(5, new Position("payments", 0, i), 1L, 1.0, true, shop));
      assertThat(aggregator.valuesAt(state, 6).textAt(1)).isEqualTo(shop);
    }
    assertThat(state.length).isLessThan(124 + 3 * 50);
  }

  @Test
  void shouldShrinkWhenTilesLeave() {
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < 1_000; i++) {
      state = add(aggregator, state, event(i * 60_000L, 1L));
      state = aggregator.expire(state, i * 60_000L + 1);
    }
    // An hour of minutes, eight that may wait, a third of slack, a seventh of nodes; tiles of 32.
    assertThat(state.length).isLessThan(150 + 32 * 68 * 4 / 3 * 8 / 7);
  }
}
