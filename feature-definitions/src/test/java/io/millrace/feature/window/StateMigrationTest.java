package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.OTHER_WINDOWS;
import static io.millrace.feature.window.TestPayments.WINDOWS;
import static io.millrace.feature.window.TestPayments.add;
import static io.millrace.feature.window.TestPayments.differences;
import static io.millrace.feature.window.TestPayments.everyFeature;
import static io.millrace.feature.window.TestPayments.feature;
import static io.millrace.feature.window.TestPayments.randomEvents;
import static io.millrace.feature.window.TestPayments.stateOf;
import static io.millrace.feature.window.TestPayments.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Entity;
import io.millrace.feature.Event;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expressions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateMigrationTest {
  /** Some of the features, in any order. */
  private static FeatureView someOf(FeatureView all, Random random) {
    List<Feature> some = new ArrayList<>();
    for (Feature feature : all.features()) {
      if (random.nextBoolean() && feature.aggregation() != Aggregation.RATIO) {
        some.add(feature);
      }
    }
    Collections.shuffle(some, random);
    return new FeatureView("card", 1, Entity.of("card"), "payments", Optional.empty(), some);
  }

  private static ViewAggregator compiled(FeatureView view, boolean retracts) {
    return ViewAggregator.of(
        view, EVENTS, text -> Expressions.compile(text, EVENTS), retracts, Long.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldKeepWhatStaysAndBeginAnewWithWhatIsAdded(long seed) {
    Random random = new Random(seed);
    List<WindowSpec> windows = new ArrayList<>(WINDOWS);
    windows.addAll(OTHER_WINDOWS);
    Collections.shuffle(windows, random);
    FeatureView all = everyFeature(windows.subList(0, 4), Optional.empty());
    boolean retracts = seed % 2 == 0;
    ViewAggregator before = compiled(someOf(all, random), retracts);
    ViewAggregator after = compiled(someOf(all, random), retracts);
    StateMigration migration = StateMigration.to(after, List.of(before.stateLayout()));

    // Half of the events before the change; some of them wait over it as contributions.
    List<Event> events = randomEvents(random, 120);
    int half = events.size() / 2;
    byte[] state = stateOf(before, events.subList(0, half - 5));
    state = migration.state(before.packer().packed(state));
    for (Event event : events.subList(half - 5, half)) {
      byte[] waiting = before.contribution(event.values());
      state =
          after.add(
              state,
              event.timeMs(),
              event.position().order(),
              migration.contribution(waiting, before.stateLayout()));
    }
    for (Event event : events.subList(half, events.size())) {
      state = add(after, state, event);
    }

    // What stayed has seen all, what was added the second half.
    long asOfMs = events.get(events.size() - 1).timeMs() + 1 + random.nextInt(1_000_000);
    Values actual = after.valuesAt(state, asOfMs);
    Values ofAll = NaiveAggregator.valuesAt(after.view(), EVENTS, events, asOfMs);
    List<String> stayed = before.view().features().stream().map(Feature::name).toList();
    List<String> wrong = new ArrayList<>();
    for (String difference : differences(after, actual, ofAll)) {
      String name = difference.substring("Feature[name=".length(), difference.indexOf(','));
      if (stayed.contains(name)) {
        wrong.add(difference);
      }
    }
    assertThat(wrong).as("seed %d, of %d that stayed", seed, stayed.size()).isEmpty();
  }

  @Test
  void shouldBeginAnewWithAFeatureThatWasAdded() {
    WindowSpec day = WindowSpec.slidingByTiles(Duration.ofDays(1), Duration.ofHours(1));
    Feature sum = feature("sum", Aggregation.SUM, "amount", day);
    Feature shops = feature("shop", Aggregation.LAST, "shop", day);
    ViewAggregator before = ViewAggregator.of(view(sum), EVENTS);
    ViewAggregator after =
        ViewAggregator.of(
            view(shops, feature("most", Aggregation.MAX, "amount", day), sum), EVENTS);
    StateMigration migration = StateMigration.to(after, List.of(before.stateLayout()));
    byte[] state =
        migration.state(
            before
                .packer()
                .packed(stateOf(before, List.of(TestPayments.event(TestPayments.START, 5L)))));
    assertThat(after.valuesAt(state, TestPayments.START + 1)).isEqualTo(Values.of(null, null, 5L));
    state = add(after, state, TestPayments.event(TestPayments.START + 1, 3L));
    assertThat(after.valuesAt(state, TestPayments.START + 2)).isEqualTo(Values.of("a", 3L, 8L));
  }

  @Test
  void shouldKeepWhatWaitsForAViewThatOnlyCounts() {
    // Its contributions are bits and nothing else, as are those that bring nothing to any view.
    WindowSpec day = WindowSpec.slidingByTiles(Duration.ofDays(1), Duration.ofHours(1));
    Feature count = feature("n", Aggregation.COUNT, "*", day);
    Feature known = feature("known", Aggregation.COUNT, "amount", day);
    ViewAggregator before = ViewAggregator.of(view(count, known), EVENTS);
    ViewAggregator after =
        ViewAggregator.of(view(known, feature("sum", Aggregation.SUM, "rate", day), count), EVENTS);
    StateMigration migration = StateMigration.to(after, List.of(before.stateLayout()));
    StateMigration back = StateMigration.to(before, List.of(after.stateLayout()));
    byte[] state = ViewAggregator.EMPTY;
    byte[] stateBack = ViewAggregator.EMPTY;
    for (int i = 0; i < 3; i++) {
      Event event = TestPayments.event(TestPayments.START + i, i == 0 ? null : Long.valueOf(i));
      byte[] waited =
          migration.contribution(before.contribution(event.values()), before.stateLayout());
      state = after.add(state, event.timeMs(), i, waited);
      byte[] waitedBack =
          back.contribution(after.contribution(event.values()), after.stateLayout());
      stateBack = before.add(stateBack, event.timeMs(), i, waitedBack);
    }
    assertThat(after.valuesAt(state, TestPayments.START + 3)).isEqualTo(Values.of(2L, null, 3L));
    assertThat(before.valuesAt(stateBack, TestPayments.START + 3)).isEqualTo(Values.of(3L, 2L));
  }

  @Test
  void shouldConvertAContributionThatBringsNothing() {
    WindowSpec day = WindowSpec.slidingByTiles(Duration.ofDays(1), Duration.ofHours(1));
    Feature sum = feature("sum", Aggregation.SUM, "amount", day);
    ViewAggregator before = ViewAggregator.of(view(sum), EVENTS);
    ViewAggregator after =
        ViewAggregator.of(view(feature("most", Aggregation.MAX, "rate", day), sum), EVENTS);
    byte[] nothing = before.contribution(TestPayments.event(1, null).values());
    byte[] converted =
        StateMigration.to(after, List.of(before.stateLayout()))
            .contribution(nothing, before.stateLayout());
    assertThat(after.valuesAt(after.add(ViewAggregator.EMPTY, 1, 0, converted), 2))
        .isEqualTo(Values.of(null, null));
  }

  @Test
  void shouldKeepTheStateWhenOnlyTheLengthOfAWindowChanges() {
    Duration hour = Duration.ofHours(1);
    ViewAggregator before =
        ViewAggregator.of(
            view(
                feature(
                    "sum",
                    Aggregation.SUM,
                    "amount",
                    WindowSpec.slidingByTiles(Duration.ofDays(1), hour))),
            EVENTS);
    ViewAggregator after =
        ViewAggregator.of(
            view(
                feature(
                    "sum",
                    Aggregation.SUM,
                    "amount",
                    WindowSpec.slidingByTiles(Duration.ofDays(2), hour))),
            EVENTS);
    assertThat(after.stateLayout()).isEqualTo(before.stateLayout());
    byte[] state = stateOf(before, List.of(TestPayments.event(TestPayments.START, 5L)));
    long later = TestPayments.START + Duration.ofHours(30).toMillis();
    assertThat(after.valuesAt(state, later)).isEqualTo(Values.of(5L));
  }

  @Test
  void shouldRefuseAStateWhoseLayoutIsNotKnown() {
    ViewAggregator one =
        ViewAggregator.of(view(feature("n", Aggregation.SUM, "amount", WINDOWS.get(0))), EVENTS);
    ViewAggregator other =
        ViewAggregator.of(view(feature("n", Aggregation.SUM, "rate", WINDOWS.get(0))), EVENTS);
    byte[] state = one.packer().packed(stateOf(one, List.of(TestPayments.event(1, 1L))));
    assertThatThrownBy(() -> StateMigration.to(other, List.of()).state(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("was not migrated");
    assertThatThrownBy(() -> StateMigration.to(other, List.of("nonsense")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("this is no layout of a state: nonsense");
  }
}
