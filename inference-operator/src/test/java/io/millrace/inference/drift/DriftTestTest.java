package io.millrace.inference.drift;

import static io.millrace.inference.drift.SimulatedRows.WEEK;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.Performance;
import io.millrace.feature.loop.ReferencePanes;
import io.millrace.inference.TrainingRow;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class DriftTestTest {
  private static final long SEED = 5;
  private static final DriftOptions OPTIONS = DriftOptions.defaults();

  private final SimulatedRows rows = new SimulatedRows(SEED);
  private final ReferenceProfile profile = rows.profile(12, 1000);
  private final DriftTest test = new DriftTest(OPTIONS);

  private DriftReport reportOf(Consumer<TrainingRow> fault) {
    List<TrainingRow> week = rows.week(20, 1000);
    week.forEach(fault);
    return test.inputs(profile, "m", 1, 0, WEEK.toMillis(), SimulatedRows.counts(profile, week))
        .orElseThrow();
  }

  private static FeatureDrift feature(DriftReport report, int index) {
    return report.features().get(index);
  }

  @Test
  void shouldCallAColumnThatHasBecomeEmptyAnIncident() {
    DriftReport report = reportOf(row -> row.vector().setNull(SimulatedRows.GAPPY));
    FeatureDrift gappy = feature(report, SimulatedRows.GAPPY);
    assertThat(gappy.verdict()).isEqualTo(Verdict.INCIDENT);
    assertThat(gappy.nulls()).isEqualTo(1);
    assertThat(gappy.referenceNulls()).isBetween(0.05, 0.1);
    Judgement judgement = Judgement.of(report, OPTIONS);
    assertThat(judgement.kind()).isEqualTo(Judgement.Kind.STABLE);
    assertThat(judgement.reason()).isEqualTo("incident in gappy");
  }

  @Test
  void shouldCallAPaneAnIncidentWhenHalfOfTheGainIsFaulty() {
    DriftReport report = reportOf(row -> row.vector().setDouble(SimulatedRows.FAST, Double.NaN));
    assertThat(feature(report, SimulatedRows.FAST).nulls()).isEqualTo(1);
    assertThat(Judgement.of(report, OPTIONS).kind()).isEqualTo(Judgement.Kind.INCIDENT);
  }

  @Test
  void shouldCallAFrozenColumnAnIncidentOnlyWhereTheReferenceWasSpread() {
    DriftReport report = reportOf(row -> row.vector().setDouble(SimulatedRows.SLOW, 0.25));
    assertThat(feature(report, SimulatedRows.SLOW).verdict()).isEqualTo(Verdict.INCIDENT);
    assertThat(Judgement.of(report, OPTIONS).drifted()).doesNotContain("slow");

    ReferenceProfile oftenConstant =
        ReferenceProfile.builder(SimulatedRows.VECTOR, WEEK)
            .build(weeksOfWhichOneIsFrozen(), rows.weeks(12, 14, 500), SimulatedRows::score);
    List<TrainingRow> frozen = rows.week(20, 1000);
    frozen.forEach(row -> row.vector().setDouble(SimulatedRows.SLOW, 0.25));
    DriftReport known =
        test.inputs(
                oftenConstant,
                "m",
                1,
                0,
                WEEK.toMillis(),
                SimulatedRows.counts(oftenConstant, frozen))
            .orElseThrow();
    assertThat(feature(known, SimulatedRows.SLOW).verdict())
        .as("a dry week is no fault where the reference had one")
        .isNotEqualTo(Verdict.INCIDENT);
  }

  @Test
  void shouldTellInBothReportsWhatTheReferenceRestsOn() {
    ReferenceProfile later = rows.profile(3, 1000, profile);
    List<TrainingRow> week = rows.week(20, 1000);
    ReferencePanes expected = new ReferencePanes(3, 9);

    assertThat(profile.panes()).isEqualTo(new ReferencePanes(12, 0));
    assertThat(profile.panes().isShort()).isFalse();
    assertThat(
            test.inputs(later, "m", 2, 0, WEEK.toMillis(), SimulatedRows.counts(later, week))
                .orElseThrow()
                .reference())
        .hasValue(expected);
    assertThat(
            test.performance(later, "m", 2, 0, WEEK.toMillis(), SimulatedRows.outcomes(week))
                .orElseThrow()
                .reference())
        .hasValue(expected);
    assertThat(expected.isShort()).isTrue();
  }

  private List<TrainingRow> weeksOfWhichOneIsFrozen() {
    List<TrainingRow> weeks = rows.weeks(0, 12, 500);
    weeks.stream()
        .filter(row -> row.timeMs() < WEEK.toMillis())
        .forEach(row -> row.vector().setDouble(SimulatedRows.SLOW, 0.25));
    return weeks;
  }

  @Test
  void shouldCallAnotherUnitAnIncident() {
    DriftReport report =
        reportOf(
            row ->
                row.vector()
                    .setDouble(
                        SimulatedRows.DAILY,
                        1000 + 60 * row.vector().doubleAt(SimulatedRows.DAILY)));
    FeatureDrift daily = feature(report, SimulatedRows.DAILY);
    assertThat(daily.outOfRange()).isEqualTo(1);
    assertThat(daily.verdict()).isEqualTo(Verdict.INCIDENT);
  }

  @Test
  void shouldCallNewCategoriesDrift() {
    DriftReport report = reportOf(row -> row.vector().setText(SimulatedRows.KIND, "merged"));
    FeatureDrift kind = feature(report, SimulatedRows.KIND);
    assertThat(kind.unseen()).isEqualTo(1);
    assertThat(kind.pValue()).isLessThan(1e-6);
  }

  @Test
  void shouldNotJudgeEmptyOrSmallPanes() {
    assertThat(test.inputs(profile, "m", 1, 0, 1, PaneCounts.of(profile))).isEmpty();
    assertThat(test.performance(profile, "m", 1, 0, 1, new OutcomeCounts())).isEmpty();
    List<TrainingRow> few = rows.week(20, OPTIONS.leastRows() - 1);
    assertThat(test.inputs(profile, "m", 1, 0, 1, SimulatedRows.counts(profile, few))).isEmpty();
  }

  @Test
  void shouldJudgeFeaturesThatNeverVary() {
    List<TrainingRow> weeks = rows.weeks(0, 6, 500);
    Consumer<TrainingRow> constant =
        row -> {
          row.vector().setText(SimulatedRows.KIND, "only");
          row.vector().setNull(SimulatedRows.GAPPY);
          row.vector().setLong(SimulatedRows.SMALL, 7);
        };
    weeks.forEach(constant);
    ReferenceProfile flat =
        ReferenceProfile.builder(SimulatedRows.VECTOR, WEEK)
            .importance(Map.of("kind", 1.0))
            .build(weeks, rows.weeks(6, 8, 500), SimulatedRows::score);
    List<TrainingRow> same = rows.week(20, 500);
    same.forEach(constant);
    DriftReport report =
        test.inputs(flat, "m", 1, 0, 1, SimulatedRows.counts(flat, same)).orElseThrow();
    for (int index : new int[] {SimulatedRows.KIND, SimulatedRows.GAPPY, SimulatedRows.SMALL}) {
      assertThat(feature(report, index).verdict()).isEqualTo(Verdict.STABLE);
      assertThat(feature(report, index).pValue()).isGreaterThan(0.5);
    }
  }

  @Test
  void shouldCallAModelDegradedWhoseScoresSayLittleOfTheLabels() {
    OutcomeCounts inverted = new OutcomeCounts();
    rows.week(20, 2000)
        .forEach(
            row ->
                inverted.add(
                    SimulatedRows.labelled(SimulatedRows.score(row.vector()), !row.label())));
    inverted.add(SimulatedRows.without(0.5, Outcome.Status.NO_LABEL));
    DriftReport report =
        test.performance(profile, "m", 1, 0, WEEK.toMillis(), inverted).orElseThrow();
    Performance performance = report.performance().orElseThrow();
    assertThat(performance.degraded()).as("seed %d: %s", SEED, performance).isTrue();
    assertThat(performance.auc()).isLessThan(0.5);
    assertThat(performance.completeness()).isEqualTo(1);
    assertThat(Judgement.of(report, OPTIONS).kind()).isEqualTo(Judgement.Kind.DEGRADED);
  }

  @Test
  void shouldDiscoverAsBenjaminiAndHochbergDo() {
    double[] pValues = {0.01, 0.9, 0.02, 0.04, 0.039};
    assertThat(DriftTest.discoveries(pValues, 0.05))
        .as("0.04 is at most 4/5 of 0.05, so are those below it whatever their own rank says")
        .containsExactly(true, false, true, true, true);
    assertThat(DriftTest.discoveries(new double[] {0.5, 0.6}, 0.05)).containsExactly(false, false);
  }
}
