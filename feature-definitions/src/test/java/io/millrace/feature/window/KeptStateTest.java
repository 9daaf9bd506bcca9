package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.START;
import static io.millrace.feature.window.TestPayments.add;
import static io.millrace.feature.window.TestPayments.event;
import static io.millrace.feature.window.TestPayments.feature;
import static io.millrace.feature.window.TestPayments.view;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Aggregation;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expressions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What plan says about kept state, beside what becomes of the state. */
class KeptStateTest {
  private static final Duration FORGOTTEN = Duration.ofHours(1);
  private static final long LATE_MS = 60_000;

  private final FeatureView view =
      view(
              feature("ever", Aggregation.SUM, "amount", WindowSpec.lifetime()),
              feature("rows", Aggregation.SUM, "amount", WindowSpec.lastRows(9)),
              feature(
                  "recent",
                  Aggregation.SUM,
                  "amount",
                  WindowSpec.slidingByTiles(Duration.ofMinutes(30), Duration.ofMinutes(1))))
          .forgettingAfter(FORGOTTEN);

  private static KeptState kept(
      FeatureView was, long lateBeforeMs, FeatureView is, long lateAfterMs, String name) {
    return KeptState.of(was, EVENTS, lateBeforeMs, is, EVENTS, lateAfterMs, false, name);
  }

  private static ViewAggregator compiled(FeatureView view, long lateMs) {
    return ViewAggregator.of(
        view, EVENTS, text -> Expressions.compile(text, EVENTS), false, lateMs);
  }

  /** Three events before the change and one after it, of 1 each. */
  private static Values afterChange(
      FeatureView was, long lateBeforeMs, FeatureView is, long lateAfterMs) {
    ViewAggregator before = compiled(was, lateBeforeMs);
    ViewAggregator after = compiled(is, lateAfterMs);
    byte[] state = ViewAggregator.EMPTY;
    for (int i = 0; i < 3; i++) {
      state = add(before, state, event(START + i, 1L));
    }
    StateMigration migration = StateMigration.to(after, List.of(before.stateLayout()));
    state = add(after, migration.state(before.packer().packed(state)), event(START + 10, 1L));
    return after.valuesAt(state, START + 11);
  }

  @Test
  void shouldTellThatWindowsOfEventsBeginAnewWhereRunsAreToldApartFromNowOn() {
    assertThat(kept(view, 0, view, LATE_MS, "ever").isNothing()).isTrue();
    assertThat(kept(view, 0, view, LATE_MS, "rows").isNothing()).isTrue();
    assertThat(kept(view, 0, view, LATE_MS, "recent").isWhole()).isTrue();
    assertThat(afterChange(view, 0, view, LATE_MS)).isEqualTo(Values.of(1, 1, 4));

    // As where the time after which a key is forgotten changes, or comes to be.
    FeatureView longer = view.forgettingAfter(FORGOTTEN.multipliedBy(2));
    assertThat(kept(view, LATE_MS, longer, LATE_MS, "rows").isNothing()).isTrue();
    assertThat(afterChange(view, LATE_MS, longer, LATE_MS)).isEqualTo(Values.of(1, 1, 4));
  }

  @Test
  void shouldTellThatRowsAreKeptWhereRunsNoLongerMatterOrAreKnown() {
    assertThat(kept(view, LATE_MS, view, 0, "ever").isNothing()).isTrue();
    assertThat(kept(view, LATE_MS, view, 0, "rows").isWhole()).isTrue();
    assertThat(afterChange(view, LATE_MS, view, 0)).isEqualTo(Values.of(1, 4, 4));

    for (String name : List.of("ever", "rows", "recent")) {
      assertThat(kept(view, LATE_MS, view, 2 * LATE_MS, name).isWhole()).as(name).isTrue();
      assertThat(kept(view, 0, view, 0, name).isWhole()).as(name).isTrue();
    }
    assertThat(afterChange(view, LATE_MS, view, 2 * LATE_MS)).isEqualTo(Values.of(4, 4, 4));
    assertThat(afterChange(view, 0, view, 0)).isEqualTo(Values.of(4, 4, 4));
  }
}
