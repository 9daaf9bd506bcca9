package io.millrace.feature.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.definition.DefinitionBuilder;
import io.millrace.feature.definition.FeatureBuilder;
import io.millrace.feature.definition.SourceBuilder;
import io.millrace.feature.definition.ViewBuilder;
import io.millrace.feature.window.ViewAggregator;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Sessions of the rows of a view: the state of closed ones does not stay. */
class SessionsOverViewsTest {
  private static final Definitions TRIPS =
      new DefinitionBuilder()
          .source(
              SourceBuilder.named("trips")
                  .schema(
                      """
                      {"type": "record", "name": "trip", "fields": [
                        {"name": "car", "type": "string"},
                        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
                      """)
                  .eventTime("at"))
          .view(
              ViewBuilder.named("car")
                  .entity("car")
                  .source("trips")
                  .feature("trips", FeatureBuilder.count()))
          .view(
              ViewBuilder.named("shift")
                  .entity("car")
                  .sourceView("car")
                  .feature(
                      "rows",
                      FeatureBuilder.count().over(WindowSpec.session(Duration.ofMinutes(10)))))
          .build();

  @Test
  void shouldNotKeepSessionsThatAreClosed() {
    ViewAggregator shift = ViewGraph.of(TRIPS).node("shift").aggregator();
    byte[] state = ViewAggregator.EMPTY;
    int most = 0;
    for (int session = 0; session < 500; session++) {
      for (int i = 0; i < 3; i++) {
        long at = session * 3_600_000L + i * 60_000;
        state = shift.add(state, at, i, shift.contribution(Values.of("c", (long) session)));
        state = shift.expire(state, at + 1);
        assertThat(shift.valuesAt(state, at + 1).longAt(0)).isEqualTo(i + 1);
        most = Math.max(most, state.length);
      }
    }
    assertThat(most).as("bytes of a key with 500 sessions").isLessThan(500);
  }
}
