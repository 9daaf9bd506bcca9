package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.add;
import static io.millrace.feature.window.TestPayments.event;
import static io.millrace.feature.window.TestPayments.feature;
import static io.millrace.feature.window.TestPayments.stateOf;
import static io.millrace.feature.window.TestPayments.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Entity;
import io.millrace.feature.Event;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.expression.Expressions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the engine promises, case by case; see {@link ViewAggregatorOracleTest} for the rest. */
class ViewAggregatorTest {
  private static final WindowSpec TENTH = WindowSpec.slidingExact(Duration.ofMillis(100));
  private static final WindowSpec HOUR_BY_TILES =
      WindowSpec.slidingByTiles(Duration.ofHours(1), Duration.ofMinutes(5));

  private static ViewAggregator aggregator(Feature... features) {
    return ViewAggregator.of(view(features), EVENTS);
  }

  private static ViewAggregator withTtl(Duration ttl, Feature... features) {
    return ViewAggregator.of(
        new FeatureView(
            "card", 1, Entity.of("card"), "payments", Optional.of(ttl), List.of(features)),
        EVENTS);
  }

  private static Event rated(long atMs, Double rate) {
    return event(atMs, new Position("payments", 0, atMs), 1L, rate, true, "a");
  }

  @Test
  void shouldHoldTheEventAtTheWindowsStartAndNotTheOneAtItsEnd() {
    ViewAggregator aggregator = aggregator(feature("n", Aggregation.COUNT, "*", TENTH));
    byte[] state = stateOf(aggregator, List.of(event(1_000, 1L), event(1_100, 1L)));
    // [1000, 1100): the event at 1000 is in, the one at 1100 is not.
    assertThat(aggregator.valuesAt(state, 1_100).longAt(0)).isEqualTo(1);
    assertThat(aggregator.valuesAt(state, 1_101).longAt(0)).isEqualTo(1);
    assertThat(aggregator.valuesAt(state, 1_000).longAt(0)).isZero();
    assertThat(aggregator.valuesAt(state, 1_200).longAt(0)).isEqualTo(1);
    assertThat(aggregator.valuesAt(state, 1_201).longAt(0)).isZero();
  }

  @Test
  void shouldFloorTheTailOfTilesAndNotTheHead() {
    ViewAggregator aggregator = aggregator(feature("n", Aggregation.COUNT, "*", HOUR_BY_TILES));
    long tile = Duration.ofMinutes(5).toMillis();
    long hour = 12 * tile;
    byte[] state = stateOf(aggregator, List.of(event(0, 1L), event(tile - 1, 1L)));
    assertThat(aggregator.valuesAt(state, tile).longAt(0)).isEqualTo(2);
    assertThat(aggregator.valuesAt(state, hour + tile - 1).longAt(0)).isEqualTo(2);
    assertThat(aggregator.valuesAt(state, hour + tile).longAt(0)).isZero();
    assertThat(aggregator.nextChangeAfter(state, tile)).isEqualTo(hour + tile);
    assertThat(aggregator.nextChangeAfter(state, hour + tile)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldCountTilesBeforeTheEpochDownward() {
    ViewAggregator aggregator = aggregator(feature("n", Aggregation.COUNT, "*", HOUR_BY_TILES));
    byte[] state = stateOf(aggregator, List.of(event(-1, 1L), event(0, 1L)));
    assertThat(aggregator.valuesAt(state, 1).longAt(0)).isEqualTo(2);
    assertThat(aggregator.valuesAt(state, 0).longAt(0)).isEqualTo(1);
    assertThat(aggregator.nextChangeAfter(state, 1)).isEqualTo(Duration.ofHours(1).toMillis());
  }

  @Test
  void shouldRefuseToCutATileThatHoldsTheFuture() {
    ViewAggregator tiles = aggregator(feature("n", Aggregation.COUNT, "*", HOUR_BY_TILES));
    byte[] state = stateOf(tiles, List.of(event(60_000, 1L)));
    assertThatThrownBy(() -> tiles.valuesAt(state, 30_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the values of card_v1 as of 1970-01-01T00:00:30Z would see the future: the state"
                + " holds an event of 1970-01-01T00:01:00Z and its tiles do not tell them apart;"
                + " ask in the order of time");
    ViewAggregator lifetime =
        aggregator(feature("n", Aggregation.COUNT, "*", WindowSpec.lifetime()));
    byte[] ofLife = stateOf(lifetime, List.of(event(60_000, 1L)));
    assertThatThrownBy(() -> lifetime.valuesAt(ofLife, 60_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("would see the future");
  }

  @Test
  void shouldAnswerThePastAtTheEdgeOfATile() {
    ViewAggregator aggregator = aggregator(feature("n", Aggregation.COUNT, "*", HOUR_BY_TILES));
    byte[] state = stateOf(aggregator, List.of(event(1, 1L), event(300_000, 1L)));
    assertThat(aggregator.valuesAt(state, 300_000).longAt(0)).isEqualTo(1);
    assertThat(aggregator.valuesAt(state, 0).longAt(0)).isZero();
    assertThatThrownBy(() -> aggregator.valuesAt(state, 299_999))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("as of 1970-01-01T00:04:59.999Z would see the future");
  }

  @Test
  void shouldNotWrapASumThatDoesNotFit() {
    ViewAggregator aggregator =
        aggregator(
            feature("s", Aggregation.SUM, "amount", WindowSpec.lifetime()),
            feature("a", Aggregation.AVG, "amount", WindowSpec.lifetime()));
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < 3; i++) {
      state = add(aggregator, state, event(i, Long.MAX_VALUE));
    }
    assertThat(aggregator.valuesAt(state, 10).isNull(0)).isTrue();
    assertThat(aggregator.valuesAt(state, 10).doubleAt(1)).isEqualTo((double) Long.MAX_VALUE);
    state = add(aggregator, state, event(4, -Long.MAX_VALUE));
    state = add(aggregator, state, event(5, -Long.MAX_VALUE));
    assertThat(aggregator.valuesAt(state, 10).longAt(0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldRoundAMeanOnce() {
    ViewAggregator aggregator =
        aggregator(
            feature("a", Aggregation.AVG, "amount", TENTH),
            feature("r", Aggregation.AVG, "rate", TENTH));
    // The sums are no doubles; rounded before the division they give ...994 and ...334.5.
    long odd = (1L << 53) + 1;
    double[] rates = {1e16, 1, 4};
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < rates.length; i++) {
      state =
          add(
              aggregator,
              state,
              event(i, new Position("payments", 0, i), odd, rates[i], true, "a"));
    }
    assertThat(aggregator.valuesAt(state, 10))
        .isEqualTo(Values.of(9007199254740992.0, 3333333333333335.0));
  }

  @Test
  void shouldLetNaNAndInfinityGoWithTheirTile() {
    ViewAggregator aggregator =
        aggregator(
            feature("s", Aggregation.SUM, "rate", TENTH),
            feature("a", Aggregation.AVG, "rate", TENTH),
            feature("min", Aggregation.MIN, "rate", TENTH),
            feature("n", Aggregation.COUNT, "rate", TENTH));
    byte[] state =
        stateOf(
            aggregator,
            List.of(
                rated(0, Double.NaN),
                rated(10, Double.POSITIVE_INFINITY),
                rated(20, Double.NEGATIVE_INFINITY),
                rated(30, 3.0)));
    assertThat(aggregator.valuesAt(state, 31))
        .isEqualTo(Values.of(Double.NaN, Double.NaN, Double.NEGATIVE_INFINITY, 4));
    assertThat(aggregator.valuesAt(state, 111))
        .isEqualTo(
            Values.of(
                Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY, 2));
    assertThat(aggregator.valuesAt(state, 121)).isEqualTo(Values.of(3.0, 3.0, 3.0, 1));
  }

  @Test
  void shouldHaveNoExtremeOfNaNAlone() {
    ViewAggregator aggregator =
        aggregator(
            feature("min", Aggregation.MIN, "rate", TENTH),
            feature("max", Aggregation.MAX, "rate", TENTH),
            feature("last", Aggregation.LAST, "rate", TENTH));
    byte[] state = stateOf(aggregator, List.of(rated(0, Double.NaN)));
    assertThat(aggregator.valuesAt(state, 1)).isEqualTo(Values.of(null, null, Double.NaN));
  }

  @Test
  void shouldOrderNegativeZeroBeforeZero() {
    ViewAggregator aggregator =
        aggregator(
            feature("min", Aggregation.MIN, "rate", TENTH),
            feature("max", Aggregation.MAX, "rate", TENTH));
    byte[] state = stateOf(aggregator, List.of(rated(0, 0.0), rated(1, -0.0)));
    assertThat(aggregator.valuesAt(state, 2)).isEqualTo(Values.of(-0.0, 0.0));
  }

  @Test
  void shouldTellTheGreatestLongFromNothing() {
    ViewAggregator aggregator =
        aggregator(
            feature("min", Aggregation.MIN, "amount", TENTH),
            feature("max", Aggregation.MAX, "amount", TENTH),
            feature("n", Aggregation.COUNT, "*", TENTH));
    byte[] state = stateOf(aggregator, List.of(event(0, Long.MAX_VALUE), event(50, null)));
    assertThat(aggregator.valuesAt(state, 51).longAt(0)).isEqualTo(Long.MAX_VALUE);
    state = add(aggregator, state, event(120, Long.MIN_VALUE));
    assertThat(aggregator.valuesAt(state, 121).longAt(1)).isEqualTo(Long.MIN_VALUE);
    assertThat(aggregator.valuesAt(stateOf(aggregator, List.of(event(50, null))), 51))
        .isEqualTo(Values.of(null, null, 1));
  }

  @Test
  void shouldOrderTextByCodePoint() {
    ViewAggregator aggregator =
        aggregator(
            feature("min", Aggregation.MIN, "shop", TENTH),
            feature("max", Aggregation.MAX, "shop", TENTH));
    byte[] state = ViewAggregator.EMPTY;
    // U+1F41F is after U+FB01, though its first char is before.
    for (String shop : List.of("\uFB01", "\uD83D\uDC1F", "")) {
      state = add(aggregator, state, event(0, new Position("p", 0, 0), 1L, 1.0, true, shop));
    }
    assertThat(aggregator.valuesAt(state, 1)).isEqualTo(Values.of("", "\uD83D\uDC1F"));
  }

  @Test
  void shouldTakeTheLastByPositionAmongEventsOfOneInstant() {
    ViewAggregator aggregator = aggregator(feature("last", Aggregation.LAST, "amount", TENTH));
    Event low = event(5, new Position("payments", 1, 900), 1L, 1.0, true, "a");
    Event high = event(5, new Position("payments", 0xFFFF, 3), 2L, 1.0, true, "a");
    assertThat(aggregator.valuesAt(stateOf(aggregator, List.of(low, high)), 6).longAt(0))
        .isEqualTo(2);
    assertThat(aggregator.valuesAt(stateOf(aggregator, List.of(high, low)), 6).longAt(0))
        .isEqualTo(2);
  }

  @Test
  void shouldRememberTheTimeOfAnEventThatNoFilterAdmits() {
    ViewAggregator aggregator =
        aggregator(
            new Feature(
                "n",
                Aggregation.COUNT,
                "*",
                Optional.of("amount > 10"),
                TENTH,
                Optional.empty(),
                ""));
    byte[] state = stateOf(aggregator, List.of(event(7, 50L), event(9, 1L), event(10, null)));
    assertThat(aggregator.lastEventMs(state)).isEqualTo(10);
    assertThat(aggregator.valuesAt(state, 11).longAt(0)).isEqualTo(1);
    assertThat(aggregator.lastEventMs(ViewAggregator.EMPTY)).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void shouldEvaluateEachExpressionOnceAnEvent() {
    List<String> compiled = new ArrayList<>();
    ViewAggregator aggregator =
        ViewAggregator.of(
            view(
                feature("s", Aggregation.SUM, "amount * 2", TENTH),
                feature("a", Aggregation.AVG, "amount * 2", HOUR_BY_TILES),
                feature("n", Aggregation.COUNT, "*", TENTH)),
            EVENTS,
            text -> {
              compiled.add(text);
              return Expressions.compile(text, EVENTS);
            });
    assertThat(compiled).containsExactly("amount * 2");
    // One byte of two slots, one value.
    assertThat(aggregator.contribution(event(0, 3L).values()))
        .containsExactly(3, 6, 0, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void shouldSendOneByteOfAnEventThatNoFilterAdmits() {
    ViewAggregator aggregator = aggregator(feature("s", Aggregation.SUM, "amount", TENTH));
    assertThat(aggregator.contribution(event(0, null).values())).containsExactly(0);
    byte[] cut = {1, 2};
    assertThatThrownBy(() -> aggregator.add(ViewAggregator.EMPTY, 0, 0, cut))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a contribution to card_v1 has 9 bytes or more, but this one has 2; make it with the"
                + " contribution method of the same view");
  }

  @Test
  void shouldGiveTheDefaultsOfAKeyThatWasNeverSeen() {
    ViewAggregator aggregator =
        aggregator(
            feature("n", Aggregation.COUNT, "*", WindowSpec.lifetime()),
            feature("s", Aggregation.SUM, "amount", WindowSpec.lifetime()),
            withDefault(Aggregation.AVG, "rate", "0.5"),
            withDefault(Aggregation.LAST, "shop", "none"),
            withDefault(Aggregation.LAST, "online", "false"),
            withDefault(Aggregation.MAX, "at", "1970-01-01T00:00:01Z"));
    assertThat(aggregator.valuesAt(ViewAggregator.EMPTY, 0))
        .isEqualTo(Values.of(0, null, 0.5, "none", false, 1_000));
    assertThat(aggregator.nextChangeAfter(ViewAggregator.EMPTY, 0)).isEqualTo(Long.MAX_VALUE);
    assertThat(aggregator.expire(ViewAggregator.EMPTY, 0)).isSameAs(ViewAggregator.EMPTY);
  }

  private static Feature withDefault(Aggregation aggregation, String input, String text) {
    return new Feature(
        input, aggregation, input, Optional.empty(), WindowSpec.lifetime(), Optional.of(text), "");
  }

  @Test
  void shouldRefuseADefaultOfAnotherType() {
    assertThatThrownBy(() -> aggregator(withDefault(Aggregation.LAST, "online", "maybe")))
        .isInstanceOf(ExpressionException.class)
        .hasMessage("the default of online must be BOOL, but it is maybe");
  }

  @Test
  void shouldSayWhichAggregationDoesNotTakeWhichType() {
    assertThatThrownBy(
            () -> aggregator(feature("s", Aggregation.SUM, "card", WindowSpec.lifetime())))
        .isInstanceOf(ExpressionException.class)
        .hasMessage("sum does not take card, which is STRING");
    assertThatThrownBy(() -> aggregator(feature("s", Aggregation.LAST, "*", TENTH)))
        .isInstanceOf(ExpressionException.class)
        .hasMessage(
            "last does not take *, which only count, time_since_last, time_between and decayed_count do");
    assertThatThrownBy(
            () ->
                aggregator(
                    new Feature(
                        "n",
                        Aggregation.COUNT,
                        "*",
                        Optional.of("amount"),
                        TENTH,
                        Optional.empty(),
                        "")))
        .isInstanceOf(ExpressionException.class)
        .hasMessage("a filter is BOOL, but this is INT64");
  }

  @Test
  void shouldNameAndTypeItsValues() {
    ViewAggregator aggregator =
        aggregator(
            feature("n", Aggregation.COUNT, "shop", TENTH),
            feature("mean", Aggregation.AVG, "amount", TENTH),
            feature("first", Aggregation.MIN, "at", TENTH),
            feature("shop", Aggregation.LAST, "shop", TENTH));
    assertThat(aggregator.rowSchema().name()).isEqualTo("card_v1");
    assertThat(aggregator.rowSchema().fields())
        .containsExactly(
            Field.nullable("n", ValueType.INT64),
            Field.nullable("mean", ValueType.FLOAT64),
            Field.nullable("first", ValueType.TIMESTAMP),
            Field.nullable("shop", ValueType.STRING));
    assertThat(aggregator.keys().keyTextOf(event(0, 1L).values())).isEqualTo("a");
  }

  @Test
  void shouldServeNothingPastTheTtl() {
    ViewAggregator aggregator =
        withTtl(
            Duration.ofMillis(50),
            feature("n", Aggregation.COUNT, "*", TENTH),
            feature("last", Aggregation.LAST, "amount", WindowSpec.lifetime()));
    byte[] state = stateOf(aggregator, List.of(event(1_000, 3L)));
    assertThat(aggregator.valuesAt(state, 1_050)).isEqualTo(Values.of(1, 3));
    assertThat(aggregator.nextChangeAfter(state, 1_001)).isEqualTo(1_051);
    assertThat(aggregator.valuesAt(state, 1_051)).isEqualTo(Values.of(0, null));
    assertThat(aggregator.nextChangeAfter(state, 1_051)).isEqualTo(Long.MAX_VALUE);
    // A new event brings back what the windows still hold.
    state = add(aggregator, state, event(1_060, 4L));
    assertThat(aggregator.valuesAt(state, 1_061)).isEqualTo(Values.of(2, 4));
  }

  @Test
  void shouldNotGuessWhetherTheTtlHadPassedInThePast() {
    ViewAggregator aggregator =
        withTtl(Duration.ofMillis(50), feature("n", Aggregation.COUNT, "amount", TENTH));
    // Of the event at 1060 only the time counts, and the next one hides it.
    byte[] state =
        stateOf(aggregator, List.of(event(1_000, 1L), event(1_060, null), event(2_000, 1L)));
    assertThat(aggregator.valuesAt(state, 1_050).longAt(0)).isEqualTo(1);
    assertThatThrownBy(() -> aggregator.valuesAt(state, 1_061))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "the values of card_v1 as of 1970-01-01T00:00:01.061Z depend on its ttl")
        .hasMessageContaining("it holds an event of 1970-01-01T00:00:02Z");
  }

  @Test
  void shouldNotTakeATtlForLongerThanWhatAFlooredTailReaches() {
    ViewAggregator aggregator =
        withTtl(Duration.ofHours(1), feature("n", Aggregation.COUNT, "*", HOUR_BY_TILES));
    long hour = Duration.ofHours(1).toMillis();
    byte[] state = stateOf(aggregator, List.of(event(0, 1L), event(2 * hour, 1L)));
    // The tail as of 01:02 is 00:00, and the event there is two minutes too old.
    assertThatThrownBy(() -> aggregator.valuesAt(state, hour + 120_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("as of 1970-01-01T01:02:00Z depend on its ttl");
  }

  @Test
  void shouldForgetAKeyWithoutTiles() {
    ViewAggregator aggregator = aggregator(feature("n", Aggregation.COUNT, "*", TENTH));
    byte[] state = stateOf(aggregator, List.of(event(1_000, 1L)));
    assertThat(aggregator.expire(state, 1_100)).isNotEmpty();
    assertThat(aggregator.expire(state, 1_101)).isSameAs(ViewAggregator.EMPTY);
  }

  @Test
  void shouldKeepTheTimeOfAKeyWithoutTilesWhileTheTtlDependsOnIt() {
    ViewAggregator aggregator =
        withTtl(Duration.ofMillis(50), feature("n", Aggregation.COUNT, "amount", TENTH));
    byte[] state = stateOf(aggregator, List.of(event(1_000, null)));
    byte[] kept = aggregator.expire(state, 1_050);
    // A late event is within the window, and young enough only by the other's time.
    kept = add(aggregator, kept, event(960, 1L));
    assertThat(aggregator.valuesAt(kept, 1_050).longAt(0)).isEqualTo(1);
    assertThat(aggregator.expire(stateOf(aggregator, List.of(event(1_000, null))), 1_051))
        .isSameAs(ViewAggregator.EMPTY);
  }

  @Test
  void shouldNotKeepALateEventThatNoWindowWillSee() {
    ViewAggregator aggregator = aggregator(feature("n", Aggregation.COUNT, "*", TENTH));
    byte[] state = stateOf(aggregator, List.of(event(1_000, 1L)));
    state = aggregator.expire(state, 1_050);
    byte[] before = state.clone();
    assertThat(add(aggregator, state, event(949, 1L))).isEqualTo(before);
    assertThat(aggregator.valuesAt(add(aggregator, before, event(950, 1L)), 1_050).longAt(0))
        .isEqualTo(2);
  }

  @Test
  void shouldExpireNothingAsOfTheBeginningOfTime() {
    // A watermark that has not begun.
    ViewAggregator aggregator = aggregator(feature("n", Aggregation.COUNT, "*", TENTH));
    byte[] state = stateOf(aggregator, List.of(event(1_000, 1L)));
    state = aggregator.expire(state, Long.MIN_VALUE);
    assertThat(aggregator.valuesAt(state, 1_001).longAt(0)).isEqualTo(1);
    assertThat(aggregator.valuesAt(state, Long.MIN_VALUE).longAt(0)).isZero();
    assertThat(aggregator.valuesAt(state, Long.MAX_VALUE).longAt(0)).isZero();
    assertThat(aggregator.expire(state, Long.MAX_VALUE)).isSameAs(ViewAggregator.EMPTY);
  }

  @Test
  void shouldRefuseATimeThatIsNone() {
    ViewAggregator aggregator = aggregator(feature("n", Aggregation.COUNT, "*", TENTH));
    byte[] input = aggregator.contribution(event(0, 1L).values());
    assertThatThrownBy(() -> aggregator.add(ViewAggregator.EMPTY, Long.MIN_VALUE, 0, input))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "an event of card_v1 has the time -9223372036854775808, which is no number of"
                + " milliseconds since 1970; check the source's time field");
  }

  @Test
  void shouldCountRowsInTheState() {
    ViewAggregator aggregator = aggregator(feature("n", Aggregation.COUNT, "*", TENTH));
    byte[] state = stateOf(aggregator, List.of(event(1_000, 1L)));
    aggregator.countRow(state);
    state = add(aggregator, state, event(1_010, 1L));
    aggregator.countRow(state);
    assertThat(aggregator.sequence(aggregator.expire(state, 1_105))).isEqualTo(2);
    assertThat(aggregator.sequence(ViewAggregator.EMPTY)).isZero();
    assertThatThrownBy(() -> aggregator.countRow(ViewAggregator.EMPTY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the empty state of card_v1 counts no rows; add an event first");
  }

  @Test
  void shouldTellWhichValuesAreNoLong() {
    ViewAggregator aggregator =
        aggregator(
            feature("n", Aggregation.COUNT, "*", TENTH),
            feature("sum", Aggregation.SUM, "amount", TENTH),
            feature("mean", Aggregation.AVG, "amount", TENTH),
            feature("change", Aggregation.CHANGE, "amount", TENTH));
    byte[] state = stateOf(aggregator, List.of(event(1, Long.MAX_VALUE), event(2, -5L)));
    List<Integer> overflows = new ArrayList<>();
    aggregator.valuesAt(state, 10, overflows::add);
    assertThat(overflows).containsExactly(3);
    state = stateOf(aggregator, List.of(event(1, Long.MAX_VALUE), event(2, 1L)));
    overflows.clear();
    Values row = aggregator.valuesAt(state, 10, overflows::add);
    assertThat(overflows).containsExactly(1);
    assertThat(row).isEqualTo(Values.of(2, null, 4.611686018427388E18, 1 - Long.MAX_VALUE));
    assertThat(aggregator.valuesAt(state, 102, overflows::add).longAt(1)).isEqualTo(1);
    assertThat(overflows).hasSize(1);
  }

  @Test
  void shouldJoinTheOlderInstantsOfAKeyThatHasTooMany() {
    // 1,000 instants in the longer window, of which 64 may be kept; the shorter holds 10.
    WindowSpec shortly = WindowSpec.slidingExact(Duration.ofMillis(10)).exactUpTo(64);
    WindowSpec longer = WindowSpec.slidingExact(Duration.ofMillis(1_000)).exactUpTo(64);
    ViewAggregator aggregator =
        aggregator(
            feature("brief", Aggregation.SUM, "amount", shortly),
            feature("sum", Aggregation.SUM, "amount", longer),
            feature("least", Aggregation.MIN, "amount", longer),
            feature("shops", Aggregation.COUNT_DISTINCT, "shop", longer));
    byte[] state = ViewAggregator.EMPTY;
    int largest = 0;
    for (int i = 0; i < 5_000; i++) {
      state = add(aggregator, state, event(i, (long) i));
      assertThat(aggregator.isCoarse(state)).as("after %d", i).isEqualTo(i >= 64);
      state = aggregator.expire(state, i + 1L);
      largest = Math.max(largest, state.length);
      Values row = aggregator.valuesAt(state, i + 1L);
      long from = Math.max(0, i - 9);
      assertThat(row.longAt(0)).as("after %d", i).isEqualTo((from + i) * (i - from + 1) / 2);
      if (i < 1_000) {
        assertThat(row.longAt(1)).as("nothing left yet at %d", i).isEqualTo(i * (i + 1L) / 2);
      } else {
        // What leaves together, 63 ms at most, stays as long as its latest event.
        long exact = (2L * i - 999) * 1_000 / 2;
        assertThat(row.longAt(1)).as("after %d", i).isBetween(exact, exact + 63L * i);
        assertThat(row.longAt(2)).as("after %d", i).isBetween(i - 999L - 63, i - 999L);
      }
    }
    assertThat(largest).isLessThan(20_000);
    assertThat(aggregator.isCoarse(aggregator.expire(state, 7_000))).isFalse();
  }

  @Test
  void shouldTakeBackFromInstantsThatWereJoined() {
    WindowSpec window = WindowSpec.slidingExact(Duration.ofMillis(1_000)).exactUpTo(16);
    ViewAggregator aggregator =
        ViewAggregator.of(
            view(feature("sum", Aggregation.SUM, "amount", window)),
            EVENTS,
            text -> Expressions.compile(text, EVENTS),
            true,
            Long.MAX_VALUE);
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < 100; i++) {
      state = add(aggregator, state, event(i, 1L));
    }
    for (int i = 0; i < 60; i++) {
      byte[] brought = aggregator.contribution(event(i, 1L).values());
      state = aggregator.remove(state, i, 0, brought);
      assertThat(aggregator.valuesAt(state, 100).longAt(0)).as("%d less", i).isEqualTo(99 - i);
    }
  }
}
