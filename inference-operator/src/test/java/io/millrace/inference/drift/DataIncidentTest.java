package io.millrace.inference.drift;

import static io.millrace.inference.drift.SimulatedRows.FAST;
import static io.millrace.inference.drift.SimulatedRows.GAPPY;
import static io.millrace.inference.drift.SimulatedRows.SLOW;
import static io.millrace.inference.drift.SimulatedRows.WEEK;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Values;
import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.policy.Decision;
import io.millrace.inference.policy.PolicyOptions;
import io.millrace.inference.policy.PolicyState;
import io.millrace.inference.policy.RetrainPolicy;
import io.millrace.inference.policy.Suspicion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults of the data from the rows to the decision: {@code slow} holds a quarter of the gain. */
class DataIncidentTest {
  private static final long SEED = 41;
  private static final int PANES = 12;
  private static final int ROWS = 2000;
  private static final DriftOptions OPTIONS = DriftOptions.defaults();

  private final SimulatedRows rows = new SimulatedRows(SEED);
  private final ReferenceProfile profile = rows.profile(12, ROWS);
  private final DriftTest test = new DriftTest(OPTIONS);
  private RetrainPolicy policy =
      new RetrainPolicy(PolicyOptions.defaults(), "service", DataIncidentTest::suspicion);

  private enum Fault {
    NULL_SPIKE(SLOW, values -> values.setNull(SLOW)),
    FROZEN_COLUMN(SLOW, values -> values.setDouble(SLOW, 3)),
    UNIT_CHANGE(SLOW, values -> values.setDouble(SLOW, 100 + 60 * values.doubleAt(SLOW)));

    private final int column;
    private final Consumer<Values> make;

    Fault(int column, Consumer<Values> make) {
      this.column = column;
      this.make = make;
    }
  }

  /** What one run of panes led to. */
  private record Told(List<DriftReport> reports, List<RetrainRequest> requests, PolicyState state) {
    long with(int index, Verdict verdict) {
      return reports.stream()
          .filter(report -> report.kind() == DriftReport.Kind.INPUTS)
          .filter(report -> report.features().get(index).verdict() == verdict)
          .count();
    }

    long degraded() {
      return reports.stream()
          .filter(report -> report.performance().map(p -> p.degraded()).orElse(false))
          .count();
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldNeverRetrainForADataIncident(Fault fault) {
    for (boolean labelsFirst : new boolean[] {false, true}) {
      Told told = run(row -> fault.make.accept(row.vector()), labelsFirst);

      String seen = "seed %d, %s: %s".formatted(SEED, fault, told.state());
      assertThat(told.with(fault.column, Verdict.INCIDENT)).as(seen).isEqualTo(PANES);
      int score = SimulatedRows.VECTOR.size();
      assertThat(told.with(score, Verdict.STABLE))
          .as("the fault shows in the scores, or the test shows nothing; %s", seen)
          .isZero();
      assertThat(told.degraded())
          .as("the model does badly for it; %s", seen)
          .isGreaterThan(PANES / 2);
      assertThat(told.requests()).as(seen).isEmpty();
      assertThat(told.state().phase()).as(seen).isEqualTo(PolicyState.Phase.HEALTHY);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldRetrainForDriftOfOtherFeaturesBesideAnIncident(Fault fault) {
    Told told =
        run(
            row -> {
              fault.make.accept(row.vector());
              row.vector().setDouble(FAST, row.vector().doubleAt(FAST) + 2);
            },
            false);

    assertThat(told.requests()).as("seed %d: %s", SEED, told.state()).hasSize(1);
    assertThat(told.requests().get(0).drifted()).contains("fast").doesNotContain("slow");
    assertThat(told.requests().get(0).reason())
        .contains("fast drifted, 67 % of the gain that is not faulty; incident in slow");
  }

  @Test
  void shouldRetrainForADegradationBesideAnIncidentThatHoldsNoGain() {
    Told told = run(row -> row.vector().setNull(GAPPY), false, true);

    assertThat(told.with(GAPPY, Verdict.INCIDENT)).isEqualTo(PANES);
    assertThat(told.degraded()).isEqualTo(PANES);
    assertThat(told.requests()).as("seed %d: %s", SEED, told.state()).hasSize(1);
    assertThat(told.requests().get(0).reason()).contains("log-loss");
  }

  @Test
  void shouldRetrainBesideALastingFaultOnlyWhereItsOperatorSaidSoBeforehand() {
    policy =
        new RetrainPolicy(
            PolicyOptions.defaults().withAcceptedAfter(5), "service", DataIncidentTest::suspicion);
    Told told = run(row -> row.vector().setNull(SLOW), false);

    assertThat(told.requests()).as("seed %d: %s", SEED, told.state()).hasSize(1);
    assertThat(told.requests().get(0).decidedAtMs())
        .as("not before five panes had the fault")
        .isGreaterThanOrEqualTo((20 + 4) * WEEK.toMillis());
  }

  private Told run(Consumer<TrainingRow> change, boolean labelsFirst) {
    return run(change, labelsFirst, false);
  }

  private Told run(Consumer<TrainingRow> change, boolean labelsFirst, boolean invertLabels) {
    PolicyState state = policy.initial();
    List<DriftReport> reports = new ArrayList<>();
    List<RetrainRequest> requests = new ArrayList<>();
    for (int pane = 0; pane < PANES; pane++) {
      List<TrainingRow> week = rows.week(20 + pane, ROWS);
      week.forEach(change);
      long startMs = (20 + pane) * WEEK.toMillis();
      OutcomeCounts outcomes = new OutcomeCounts();
      week.forEach(
          row ->
              outcomes.add(
                  SimulatedRows.labelled(
                      SimulatedRows.score(row.vector()), invertLabels != row.label())));
      List<DriftReport> both =
          new ArrayList<>(
              List.of(
                  test.inputs(
                          profile,
                          "m",
                          1,
                          startMs,
                          startMs + WEEK.toMillis(),
                          SimulatedRows.counts(profile, week))
                      .orElseThrow(),
                  test.performance(profile, "m", 1, startMs, startMs + WEEK.toMillis(), outcomes)
                      .orElseThrow()));
      if (labelsFirst) {
        Collections.reverse(both);
      }
      for (DriftReport report : both) {
        Decision decision = policy.decide(state, report);
        state = PolicyState.fromBytes(decision.state().toBytes());
        decision.request().ifPresent(requests::add);
        reports.add(report);
      }
    }
    return new Told(reports, requests, state);
  }

  private static Suspicion suspicion(DriftReport report, Map<String, Long> faults) {
    Judgement judgement = Judgement.of(report, OPTIONS);
    return new Suspicion(
        judgement.kind() == Judgement.Kind.DRIFT || judgement.kind() == Judgement.Kind.DEGRADED,
        judgement.kind() == Judgement.Kind.INCIDENT,
        judgement.clouded(),
        judgement.drifted(),
        judgement.reason());
  }
}
