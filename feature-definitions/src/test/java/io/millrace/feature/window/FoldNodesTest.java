package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.START;
import static io.millrace.feature.window.TestPayments.add;
import static io.millrace.feature.window.TestPayments.event;
import static io.millrace.feature.window.TestPayments.everyFeature;
import static io.millrace.feature.window.TestPayments.randomEvents;
import static io.millrace.feature.window.TestPayments.stateOf;
import static io.millrace.feature.window.TestPayments.view;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Event;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions of no fixed size over windows with more tiles than a node of three levels. */
class FoldNodesTest {
  private static final WindowSpec SECONDS =
      WindowSpec.slidingByTiles(Duration.ofMinutes(20), Duration.ofSeconds(1));

  private static boolean isFold(Aggregation aggregation) {
    return switch (aggregation) {
      case FIRST_K, LAST_K, TOP_K, BOTTOM_K, COUNT_DISTINCT, IS_NEW -> true;
      case QUANTILE, QUANTILES, FREQUENT_ITEMS -> true;
      case COUNT_BY, SUM_BY, AVG_BY -> true;
      case VECTOR_SUM, VECTOR_AVG, VECTOR_MIN, VECTOR_MAX -> true;
      default -> false;
    };
  }

  /** Every third fold, so that three seeds see each, and texts that nodes share with tiles. */
  private static FeatureView someFolds(long seed) {
    List<Feature> features = new ArrayList<>();
    for (WindowSpec window :
        List.of(
            WindowSpec.slidingExact(Duration.ofMinutes(3)),
            WindowSpec.slidingExact(Duration.ofMinutes(30)),
            WindowSpec.slidingExact(Duration.ofMinutes(10)).delayedBy(Duration.ofMinutes(1)),
            SECONDS)) {
      int number = 0;
      for (Feature feature : everyFeature(List.of(window), Optional.empty()).features()) {
        boolean sharesText =
            feature.aggregation() == Aggregation.MIN && feature.input().equals("shop");
        if (sharesText || (isFold(feature.aggregation()) && (number++ + seed) % 3 == 0)) {
          boolean isOfFewValues = feature.aggregation() == Aggregation.COUNT_DISTINCT;
          features.add(
              named(
                  "f" + features.size(),
                  feature,
                  // Beyond twenty a sketch counts, with which nodes must get along too.
                  isOfFewValues ? feature.parameters().withK(20) : feature.parameters()));
        }
      }
    }
    return view(features.toArray(Feature[]::new));
  }

  private static Feature named(String name, Feature like, AggregationParameters parameters) {
    return new Feature(
        name,
        like.aggregation(),
        like.input(),
        parameters,
        like.where(),
        like.window(),
        like.defaultValue(),
        "");
  }

  /** The values that are neither those of the oracle nor near enough for a sketch. */
  private static List<String> wrong(
      FeatureView view, Values actual, List<Event> added, long asOfMs) {
    Values expected = NaiveAggregator.valuesAt(view, EVENTS, added, asOfMs);
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < view.features().size(); i++) {
      Object is = actual.boxedAt(i, aggregator.rowSchema().field(i).type());
      Object should = expected.boxedAt(i, aggregator.rowSchema().field(i).type());
      if (!Objects.equals(is, should)
          && !NaiveAggregator.admits(view, EVENTS, added, asOfMs, i, is)) {
        wrong.add(view.features().get(i) + " is " + is + " but should be " + should);
      }
    }
    return wrong;
  }

  private static int mostBuilt(ViewAggregator aggregator, byte[] state) {
    int most = 0;
    for (int track = 0; track < aggregator.layout().tracks().size(); track++) {
      most = Math.max(most, aggregator.layout().built(state, track));
    }
    return most;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldEqualTheOracleWhateverComesLateIsExpiredOrRestarts(long seed) {
    Random random = new Random(seed);
    FeatureView view = someFolds(seed);
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    List<Feature> half = new ArrayList<>(view.features());
    half.removeIf(feature -> random.nextBoolean());
    FeatureView other = view(half.toArray(Feature[]::new));
    StateMigration toOther =
        StateMigration.to(ViewAggregator.of(other, EVENTS), List.of(aggregator.stateLayout()));
    byte[] state = ViewAggregator.EMPTY;
    List<Event> added = new ArrayList<>();
    List<Event> late = new ArrayList<>();
    int asked = 0;
    int most = 0;
    int i = 0;
    for (Event one : randomEvents(random, 1_300)) {
      long atMs = START + i++ * 1_000L + random.nextInt(900);
      Event event = new Event("payments", atMs, one.position(), one.values());
      if (random.nextInt(20) == 0) {
        late.add(event);
        continue;
      }
      state = add(aggregator, state, event);
      added.add(event);
      long asOfMs = atMs + 1;
      // Some open tiles between others, some come to tiles that are there.
      if (late.size() > 40) {
        late.add(
            new Event(
                "payments", added.get(added.size() / 2).timeMs(), one.position(), one.values()));
        Collections.shuffle(late, random);
        for (Event old : late) {
          state = add(aggregator, state, old);
          added.add(old);
        }
        late.clear();
      }
      if (random.nextInt(4) == 0) {
        state = aggregator.expire(state, asOfMs);
      }
      most = Math.max(most, mostBuilt(aggregator, state));
      if (random.nextInt(150) == 0) {
        asked++;
        String situation =
            "seed %d, after %d events, as of %d".formatted(seed, added.size(), asOfMs);
        assertThat(wrong(view, aggregator.valuesAt(state, asOfMs), added, asOfMs))
            .as(situation)
            .isEmpty();
        byte[] packed = aggregator.packer().packed(state);
        byte[] migrated = toOther.state(packed);
        assertThat(
                wrong(
                    other,
                    ViewAggregator.of(other, EVENTS).valuesAt(migrated, asOfMs),
                    added,
                    asOfMs))
            .as(situation + ", migrated")
            .isEmpty();
        if (random.nextInt(3) == 0) {
          state = StateMigration.to(aggregator, List.of()).state(packed);
          assertThat(aggregator.packer().packed(state)).as(situation).isEqualTo(packed);
        }
      }
    }
    assertThat(asked).as("seed %d", seed).isGreaterThan(3);
    assertThat(most).as("seed %d: nodes of three levels", seed).isGreaterThanOrEqualTo(512);
  }

  private static Feature feature(
      Aggregation aggregation, String input, AggregationParameters parameters) {
    return new Feature(
        aggregation.word(),
        aggregation,
        input,
        parameters,
        Optional.empty(),
        SECONDS,
        Optional.empty(),
        "");
  }

  private static final AggregationParameters NONE = AggregationParameters.NONE;

  private final ViewAggregator folds =
      ViewAggregator.of(
          view(
              feature(Aggregation.VECTOR_SUM, "vector", NONE.withK(3)),
              feature(Aggregation.COUNT_BY, "shop", NONE.withK(5)),
              feature(Aggregation.LAST_K, "amount", NONE.withK(3)),
              feature(Aggregation.MAX, "shop", NONE)),
          EVENTS);

  private static List<Event> secondBySecond(long seed, int count) {
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String shop = "shop-" + random.nextInt(6);
      events.add(
          event(
              START + i * 1_000L,
              new Position("payments", 0, i),
              1L + random.nextInt(6),
              random.nextGaussian(),
              true,
              shop));
    }
    return events;
  }

  /** Bytes of the texts of tiles, then of those of the nodes of each level. */
  private long[] textBytes(byte[] state, Columns columns) {
    ViewState layout = folds.layout();
    TileTree tree = TileTree.of(layout, state, 0);
    int column = layout.tracks().get(0).placeOf(columns);
    int built = layout.built(state, 0);
    long[] bytes = new long[1 + TileTree.levels(built)];
    for (int level = 0; level < bytes.length; level++) {
      for (int node = 0; node < built >> ViewState.FAN_BITS * level; node++) {
        long text = ViewState.longAt(state, tree.place(level, node) + column);
        bytes[level] += text < 0 ? 0 : ViewState.textLength(text);
      }
    }
    return bytes;
  }

  @Test
  void shouldKeepNodesWhereTheyTakeAnEighthOfWhatIsBelowThem() {
    byte[] state = stateOf(folds, secondBySecond(5, 1_100));
    for (Columns columns : folds.layout().tracks().get(0).columns()) {
      if (!columns.id().startsWith("MAX")) {
        long[] bytes = textBytes(state, columns);
        long tiles = bytes[0] + (long) Folds.HEAD * folds.layout().built(state, 0);
        long nodes = 0;
        for (int level = 1; level < bytes.length; level++) {
          nodes += bytes[level];
        }
        assertThat(nodes).as(columns.id()).isLessThanOrEqualTo(tiles / 7);
        assertThat(bytes[3]).as("nodes for 512 tiles of %s", columns.id()).isPositive();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12})
  void shouldPackTheSameWithNodesAndSurviveThatTextsMove(long seed) {
    List<Event> events = secondBySecond(seed, 1_100);
    byte[] state = stateOf(folds, events);
    long asOfMs = START + 1_100_000L;
    Values values = folds.valuesAt(state, asOfMs);
    byte[] packed = folds.packer().packed(state);

    byte[] moved = folds.layout().room().withTextRoom(state, 2 * state.length);
    assertThat(moved).as("seed %d", seed).isNotSameAs(state);
    assertThat(folds.layout().built(moved, 0)).isEqualTo(folds.layout().built(state, 0));
    for (Columns columns : folds.layout().tracks().get(0).columns()) {
      assertThat(textBytes(moved, columns)).isEqualTo(textBytes(state, columns));
    }
    assertThat(folds.valuesAt(moved, asOfMs)).as("seed %d", seed).isEqualTo(values);
    assertThat(folds.packer().packed(moved)).as("seed %d", seed).isEqualTo(packed);

    // Whoever reads them makes nodes anew; what is stored tells nothing of them.
    byte[] read = StateMigration.to(folds, List.of()).state(packed);
    assertThat(folds.layout().built(read, 0)).isEqualTo(folds.layout().built(state, 0));
    assertThat(folds.valuesAt(read, asOfMs)).as("seed %d", seed).isEqualTo(values);
    assertThat(folds.packer().packed(read)).as("seed %d", seed).isEqualTo(packed);
    Collections.shuffle(events, new Random(seed));
    assertThat(folds.packer().packed(stateOf(folds, events)))
        .as("seed %d, in another order", seed)
        .isEqualTo(packed);

    // Nothing is lost either where the oldest leave and the rest moves to a smaller array.
    long laterMs = asOfMs + Duration.ofMinutes(15).toMillis();
    Values later = folds.valuesAt(moved, laterMs);
    byte[] expired = folds.expire(moved, laterMs);
    assertThat(expired.length).as("seed %d", seed).isLessThan(moved.length / 2);
    assertThat(folds.valuesAt(expired, laterMs)).as("seed %d", seed).isEqualTo(later);
  }

  @Test
  void shouldCountALateEventOfAFullTileWhereTheTileCountsIt() {
    ViewAggregator byShop =
        ViewAggregator.of(view(feature(Aggregation.COUNT_BY, "shop", NONE.withK(1_000))), EVENTS);
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < Categories.MOST; i++) {
      state = add(byShop, state, ofShop(START, "s" + i));
    }
    for (int i = 1; i < 1_000; i++) {
      state = add(byShop, state, ofShop(START + i * 1_000L, "s" + i));
    }
    // A node stands for the full tile now, and has room where that has none.
    for (int i = 0; i < 3; i++) {
      state = add(byShop, state, ofShop(START, "new"));
    }
    state = add(byShop, state, ofShop(START, "s0"));
    long asOfMs = START + 1_000_000L;
    byte[] anew = StateMigration.to(byShop, List.of()).state(byShop.packer().packed(state));
    assertThat(byShop.valuesAt(state, asOfMs).objectAt(0).toString())
        .isEqualTo(byShop.valuesAt(anew, asOfMs).objectAt(0).toString())
        .contains("*=3.0", "s0=2.0", "s1=2.0")
        .doesNotContain("new");
  }

  private static Event ofShop(long atMs, String shop) {
    return event(atMs, new Position("payments", 0, 0), 1L, 1.0, true, shop);
  }
}
