package io.millrace.inference.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** On the vector of the flights. */
class FeatureLineageTest {
  private static final String DELAY = "arrived.arr_delay_min";
  private static final long PANE_MS = Duration.ofDays(7).toMillis();

  private static FeatureLineage lineage;

  @BeforeAll
  static void read() throws Exception {
    lineage =
        FeatureLineage.of(
            DefinitionFiles.load(Path.of("..", "feature-definitions", "flights"), Map.of()),
            "delay_v1");
  }

  @Test
  void aColumnIsAtFaultWhileTheFeatureThatShowsItHasAnIncidentOfItsValues() {
    assertThat(lineage.faultyColumns(report(foreign("flight__last_delay")))).containsExactly(DELAY);
    assertThat(lineage.faultyColumns(report(foreign("weather__wind_mph"), foreign("distance_mi"))))
        .containsExactly("weather.wind_mph", "scheduled.distance_mi");
  }

  @Test
  void neitherNullsNorAggregatesNorDriftSayThatAColumnIsAtFault() {
    FeatureDrift empty = drift("flight__last_delay", Verdict.INCIDENT, 0.9, 0);
    FeatureDrift drifted = drift("tail_here__last_delay", Verdict.DRIFTED, 0, 0.4);

    assertThat(
            lineage.faultyColumns(
                report(empty, drifted, foreign("flight__mean_delay_14d"), foreign("local_hour"))))
        .isEmpty();
  }

  @Test
  void aFaultMovesAllThatIsMadeOfTheColumnAndNothingElse() {
    DriftReport report =
        report(
            foreign("flight__last_delay"),
            drifted("flight__mean_delay_14d"),
            drifted("route__late_share_7d"),
            drifted("carrier__arrivals_3h"),
            drifted("origin__mean_dep_delay_1h"),
            drifted("tail_arrived__last_delay"),
            drifted(FeatureDrift.SCORE));

    assertThat(lineage.moved(report, Map.of()))
        .containsExactly(
            Map.entry("flight__mean_delay_14d", DELAY), Map.entry("route__late_share_7d", DELAY));
  }

  @Test
  void aFaultThatIsOverMovesAWindowAsLongAsItReachesBackToIt() {
    DriftReport report =
        report(drifted("flight__mean_delay_14d"), drifted("carrier__mean_delay_1d"));
    long start = report.paneStartMs();

    assertThat(lineage.moved(report, Map.of(DELAY, start)))
        .containsOnlyKeys("flight__mean_delay_14d", "carrier__mean_delay_1d");
    assertThat(lineage.moved(report, Map.of(DELAY, start - PANE_MS)))
        .containsOnlyKeys("flight__mean_delay_14d");
    // The tail of the 14 days is floored to 6 hours.
    long reached = Duration.ofDays(14).plusHours(6).toMillis();
    assertThat(lineage.moved(report, Map.of(DELAY, start - reached + 1))).hasSize(1);
    assertThat(lineage.moved(report, Map.of(DELAY, start - reached))).isEmpty();
  }

  private static FeatureDrift foreign(String feature) {
    return drift(feature, Verdict.INCIDENT, 0, 0.95);
  }

  private static FeatureDrift drifted(String feature) {
    return drift(feature, Verdict.DRIFTED, 0, 0);
  }

  private static FeatureDrift drift(
      String feature, Verdict verdict, double nulls, double outOfRange) {
    return new FeatureDrift(feature, 99, 9, 1e-9, 0.5, 0.1, nulls, 0.05, outOfRange, 0, verdict);
  }

  private static DriftReport report(FeatureDrift... features) {
    return new DriftReport(
        "delay",
        1,
        10 * PANE_MS,
        11 * PANE_MS,
        900,
        DriftReport.Kind.INPUTS,
        Arrays.asList(features),
        Optional.empty());
  }
}
