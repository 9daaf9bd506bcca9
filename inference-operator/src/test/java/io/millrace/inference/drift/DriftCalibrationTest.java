package io.millrace.inference.drift;

import static io.millrace.inference.drift.SimulatedRows.WEEK;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import io.millrace.inference.TrainingRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How often panes without drift raise an alarm; the bounds allow for the number of panes tried. */
class DriftCalibrationTest {
  private static final long SEED = 20_130_115;
  private static final int PROFILES = 40;
  private static final int PANES_A_PROFILE = 10;
  private static final double TRIED = PROFILES * PANES_A_PROFILE;
  private static final double CUSTOMARY_INDEX = 0.2;

  @ParameterizedTest(name = "{0} weeks of {1} rows, then panes of {2}")
  @CsvSource({"24, 2000, 2000", "24, 2000, 400", "24, 2000, 6000", "6, 2000, 2000"})
  void shouldSeldomAlarmWithoutDrift(int weeks, int referenceRows, int paneRows) {
    DriftOptions options = DriftOptions.defaults();
    DriftTest test = new DriftTest(options);
    SimulatedRows rows = new SimulatedRows(SEED);
    int suspicious = 0;
    int degraded = 0;
    int incidents = 0;
    int overFixedCut = 0;
    int[] refused = new int[SimulatedRows.VECTOR.size() + 1];
    for (int i = 0; i < PROFILES; i++) {
      ReferenceProfile profile = rows.profile(weeks, referenceRows);
      for (int pane = 0; pane < PANES_A_PROFILE; pane++) {
        var week = rows.week(weeks + 4 + pane, paneRows);
        PaneCounts counts = SimulatedRows.counts(profile, week);
        DriftReport report = test.inputs(profile, "m", 1, 0, WEEK.toMillis(), counts).orElseThrow();
        for (int f = 0; f < refused.length; f++) {
          FeatureDrift feature = report.features().get(f);
          refused[f] += feature.pValue() < 0.01 ? 1 : 0;
          incidents += feature.verdict() == Verdict.INCIDENT ? 1 : 0;
        }
        suspicious += Judgement.of(report, options).kind() == Judgement.Kind.STABLE ? 0 : 1;
        double[] shares = profile.features().get(SimulatedRows.SLOW).shares();
        overFixedCut +=
            FeatureReference.effect(counts.bins(SimulatedRows.SLOW), shares) > CUSTOMARY_INDEX
                ? 1
                : 0;
        degraded +=
            test.performance(profile, "m", 1, 0, WEEK.toMillis(), SimulatedRows.outcomes(week))
                    .orElseThrow()
                    .performance()
                    .orElseThrow()
                    .degraded()
                ? 1
                : 0;
      }
    }
    String seen =
        "seed %d: of %.0f panes %d suspicious, %d degraded, %d over a fixed index; p < 1 %%: %s"
            .formatted(SEED, TRIED, suspicious, degraded, overFixedCut, Arrays.toString(refused));
    assertThat(suspicious / TRIED).as(seen).isLessThan(0.05);
    assertThat(degraded / TRIED).as(seen).isLessThan(0.01);
    assertThat(incidents).as(seen).isZero();
    assertThat(Arrays.stream(refused).max().orElseThrow() / TRIED).as(seen).isLessThan(0.1);
    assertThat(overFixedCut / TRIED)
        .as("the customary cut on the index calls seasons a drift; %s", seen)
        .isGreaterThan(0.15);
  }

  @ParameterizedTest(name = "{0} weeks of {1} rows, then panes of {2}")
  @CsvSource({"24, 2000, 2000", "24, 2000, 600", "6, 2000, 2000"})
  void shouldFindWhatHasShiftedByTwiceItsUsualSpread(int weeks, int referenceRows, int paneRows) {
    DriftOptions options = DriftOptions.defaults();
    DriftTest test = new DriftTest(options);
    SimulatedRows rows = new SimulatedRows(SEED);
    int found = 0;
    List<String> missed = new ArrayList<>();
    for (int i = 0; i < PROFILES; i++) {
      ReferenceProfile profile = rows.profile(weeks, referenceRows);
      var week = rows.week(weeks + 4, paneRows);
      week.forEach(
          row ->
              row.vector()
                  .setDouble(SimulatedRows.FAST, row.vector().doubleAt(SimulatedRows.FAST) + 2));
      DriftReport report =
          test.inputs(profile, "m", 1, 0, WEEK.toMillis(), SimulatedRows.counts(profile, week))
              .orElseThrow();
      Judgement judgement = Judgement.of(report, options);
      if (judgement.kind() == Judgement.Kind.DRIFT && judgement.drifted().contains("fast")) {
        found++;
      } else {
        missed.add(report.features().get(SimulatedRows.FAST).toString());
      }
    }
    assertThat(found).as("seed %d: missed %s", SEED, missed).isEqualTo(PROFILES);
  }

  @ParameterizedTest(name = "{0} weeks of {1} rows, then panes of {2}")
  @CsvSource({"2, 2000, 2000", "3, 2000, 2000", "3, 2000, 600", "6, 2000, 2000"})
  void shouldSeldomAlarmWithoutDriftWhereAShortReferenceBorrows(
      int weeks, int referenceRows, int paneRows) {
    DriftOptions options = DriftOptions.defaults();
    DriftTest test = new DriftTest(options);
    SimulatedRows rows = new SimulatedRows(SEED);
    int suspicious = 0;
    int[] refused = new int[SimulatedRows.VECTOR.size() + 1];
    for (int i = 0; i < PROFILES; i++) {
      ReferenceProfile profile =
          ReferenceProfile.fromJson(
              rows.profile(weeks, referenceRows, rows.profile(24, referenceRows)).toJson());
      for (int pane = 0; pane < PANES_A_PROFILE; pane++) {
        var week = rows.week(weeks + 4 + pane, paneRows);
        DriftReport report =
            test.inputs(profile, "m", 1, 0, WEEK.toMillis(), SimulatedRows.counts(profile, week))
                .orElseThrow();
        for (int f = 0; f < refused.length; f++) {
          refused[f] += report.features().get(f).pValue() < 0.01 ? 1 : 0;
        }
        suspicious += Judgement.of(report, options).kind() == Judgement.Kind.STABLE ? 0 : 1;
      }
    }
    String seen =
        "seed %d: of %.0f panes %d suspicious; p < 1 %%: %s"
            .formatted(SEED, TRIED, suspicious, Arrays.toString(refused));
    assertThat(suspicious / TRIED).as(seen).isLessThan(0.05);
    assertThat(Arrays.stream(refused).max().orElseThrow() / TRIED).as(seen).isLessThan(0.2);
  }

  @ParameterizedTest(name = "{0} weeks")
  @ValueSource(ints = {3, 4})
  void shouldFindWithABorrowedSpreadWhatAShortReferenceAloneMisses(int weeks) {
    DriftOptions options = DriftOptions.defaults();
    DriftTest test = new DriftTest(options);
    SimulatedRows rows = new SimulatedRows(SEED);
    int alone = 0;
    int borrowing = 0;
    for (int i = 0; i < PROFILES; i++) {
      ReferenceProfile before = rows.profile(24, 2000);
      ReferenceProfile own = rows.profile(weeks, 2000);
      ReferenceProfile lent = rows.profile(weeks, 2000, before);
      var week = rows.week(weeks + 4, 2000);
      week.forEach(
          row ->
              row.vector()
                  .setDouble(SimulatedRows.SLOW, row.vector().doubleAt(SimulatedRows.SLOW) + 3));
      alone += finds(test, options, own, week) ? 1 : 0;
      borrowing += finds(test, options, lent, week) ? 1 : 0;
    }
    String seen = "seed %d: %d alone, %d borrowing".formatted(SEED, alone, borrowing);
    assertThat(borrowing).as(seen).isGreaterThan(PROFILES * 8 / 10);
    assertThat(alone).as(seen).isLessThan(PROFILES / 2);
  }

  private static boolean finds(
      DriftTest test, DriftOptions options, ReferenceProfile profile, List<TrainingRow> week) {
    DriftReport report =
        test.inputs(profile, "m", 1, 0, WEEK.toMillis(), SimulatedRows.counts(profile, week))
            .orElseThrow();
    return Judgement.of(report, options).drifted().contains("slow");
  }
}
