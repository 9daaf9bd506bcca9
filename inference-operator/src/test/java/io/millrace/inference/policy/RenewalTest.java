package io.millrace.inference.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.Performance;
import io.millrace.feature.loop.ReferencePanes;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.feature.loop.RetrainStatus.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Panes of 7 days; a version that learnt from little is renewed after 4 of them. */
class RenewalTest {
  private static final long PANE_MS = Duration.ofDays(7).toMillis();
  private static final PolicyOptions OPTIONS = PolicyOptions.defaults().withRenewedAfter(4);
  private static final ReferencePanes SHORT = new ReferencePanes(3, 9);
  private static final ReferencePanes FULL = new ReferencePanes(26, 0);
  private static final Suspicion DRIFT =
      new Suspicion(true, false, false, List.of("hour"), "hour drifted");
  private static final Suspicion INCIDENT =
      new Suspicion(false, true, true, List.of(), "wind is null");
  private static final Suspicion CLOUDED =
      new Suspicion(false, false, true, List.of(), "incident in wind");
  private static final long STABLE = 9;

  private final RetrainPolicy policy = policyOf(OPTIONS);
  private PolicyState state = policy.initial();
  private final List<RetrainRequest> requests = new ArrayList<>();
  private String why = "";

  /** Reads the suspicion off the number of rows. */
  private static RetrainPolicy policyOf(PolicyOptions options) {
    return new RetrainPolicy(
        options,
        "delay_v1",
        (report, faults) ->
            switch ((int) report.rows()) {
              case 1 -> DRIFT;
              case 2 -> INCIDENT;
              case 3 -> CLOUDED;
              default -> Suspicion.NONE;
            });
  }

  @Test
  void shouldRenewAVersionThatLearntFromLittleOnceItHasAnsweredEnoughPanesWithLabels() {
    panes(policy, 2, SHORT, 0, 3, STABLE);
    see(policy, inputs(2, 3, STABLE, SHORT));
    assertThat(requests).as("the labels of the fourth are not complete").isEmpty();
    see(policy, performance(2, 3, STABLE, SHORT));

    assertThat(requests).hasSize(1);
    RetrainRequest request = requests.get(0);
    assertThat(request.reason())
        .isEqualTo("version 2 learnt from 3 panes; 4 more with labels are there now");
    assertThat(request.championVersion()).isEqualTo(2);
    assertThat(request.decidedAtMs()).isEqualTo(4 * PANE_MS);
    assertThat(request.labelsCompleteUntilMs()).isEqualTo(4 * PANE_MS);
    assertThat(request.drifted()).isEmpty();
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.REQUESTED);
    assertThat(state.cause()).isEqualTo(PolicyState.Cause.RENEWAL);
  }

  @Test
  void shouldNeverRenewAVersionWithAReferenceOfItsOwnOrOfWhichNothingIsTold() {
    panes(policy, 1, FULL, 0, 200, STABLE);
    assertThat(requests).isEmpty();
    state = policy.initial();
    for (int pane = 0; pane < 200; pane++) {
      see(
          policy,
          new DriftReport(
              "delay",
              1,
              at(pane),
              at(pane + 1),
              STABLE,
              DriftReport.Kind.INPUTS,
              List.of(),
              Optional.empty()));
      see(
          policy,
          new DriftReport(
              "delay",
              1,
              at(pane),
              at(pane + 1),
              STABLE,
              DriftReport.Kind.PERFORMANCE,
              List.of(),
              Optional.of(labels())));
    }
    assertThat(requests).isEmpty();
  }

  @Test
  void shouldNotRenewWhereItsOperatorSaidNever() {
    panes(policyOf(OPTIONS.withRenewedAfter(0)), 2, SHORT, 0, 200, STABLE);
    assertThat(requests).isEmpty();
  }

  @Test
  void shouldRenewOnceWhenReportsAreReplayedAndTheJobRestarts() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      state = policy.initial();
      requests.clear();
      List<DriftReport> past = new ArrayList<>();
      for (int pane = 0; pane < 30; pane++) {
        past.add(inputs(2, pane, STABLE, SHORT));
        past.add(performance(2, pane, STABLE, SHORT));
        see(policy, past.get(past.size() - 2));
        see(policy, past.get(past.size() - 1));
        for (int replays = random.nextInt(5); replays > 0; replays--) {
          see(policy, past.get(random.nextInt(past.size())));
        }
        if (random.nextInt(3) == 0) {
          state = PolicyState.fromBytes(state.toBytes());
        }
      }
      assertThat(requests).as("seed %d", seed).hasSize(1);
      assertThat(requests.get(0).decidedAtMs()).as("seed %d", seed).isEqualTo(4 * PANE_MS);
    }
  }

  @Test
  void shouldNotRenewAgainWhatARenewalBrought() {
    panes(policy, 2, SHORT, 0, 4, STABLE);
    // The control topic may tell of the swap before the worker does.
    state = policy.decide(state, control(1, 3)).state();
    status(requests.get(0).id(), Phase.ACTIVATED, 3);
    panes(policy, 3, SHORT, 4, 200, STABLE);
    assertThat(requests).hasSize(1);
  }

  @Test
  void shouldWaitForAsManyPanesAgainAfterARenewalThatWasRefused() {
    panes(policy, 2, SHORT, 0, 4, STABLE);
    status(requests.get(0).id(), Phase.REJECTED, 3);
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.COOLDOWN);
    panes(policy, 2, SHORT, 4, 9, STABLE);
    assertThat(requests).hasSize(2);
    assertThat(requests.get(1).decidedAtMs()).isEqualTo(8 * PANE_MS);
    assertThat(requests.get(1).id()).isNotEqualTo(requests.get(0).id());
  }

  @Test
  void shouldCountOnlyPanesOfTheChampionItself() {
    panes(policy, 2, SHORT, 0, 3, STABLE);
    state = policy.decide(state, control(1, 3)).state();
    panes(policy, 2, SHORT, 3, 9, STABLE);
    panes(policy, 3, SHORT, 9, 12, STABLE);
    assertThat(requests).isEmpty();
    panes(policy, 3, SHORT, 12, 13, STABLE);
    assertThat(requests).extracting(RetrainRequest::championVersion).containsExactly(3);
  }

  @Test
  void shouldLetDriftComeFirst() {
    panes(policy, 2, SHORT, 0, 3, STABLE);
    see(policy, inputs(2, 3, 1, SHORT));
    see(policy, performance(2, 3, STABLE, SHORT));
    assertThat(requests).as("a suspected version is not renewed").isEmpty();
    see(policy, inputs(2, 4, 1, SHORT));
    assertThat(requests).hasSize(1);
    assertThat(requests.get(0).drifted()).containsExactly("hour");
    assertThat(state.cause()).isEqualTo(PolicyState.Cause.DRIFT);
  }

  @Test
  void shouldNeitherCountPanesWithAFaultNorRenewWhileOneShows() {
    for (long fault : new long[] {2, 3}) {
      state = policy.initial();
      requests.clear();
      panes(policy, 2, SHORT, 0, 3, STABLE);
      panes(policy, 2, SHORT, 3, 40, fault);
      assertThat(requests).as("fault %d", fault).isEmpty();
      panes(policy, 2, SHORT, 40, 41, STABLE);
      assertThat(requests).as("fault %d", fault).isEmpty();
      assertThat(why)
          .isEqualTo(
              "version 2 learnt from 3 panes; 4 more with labels are there now, but the data of"
                  + " the last has a fault that training would learn");
      panes(policy, 2, SHORT, 41, 43, STABLE);
      assertThat(requests).as("fault %d", fault).hasSize(1);
    }
  }

  @Test
  void shouldStartTheCoolDownAfterARetrainingByHandAndAskForNoneBesideIt() {
    panes(policy, 2, FULL, 0, 2, STABLE);
    status("delay-manual-1", Phase.ACCEPTED, 0);
    status("delay-manual-1", Phase.TRAINING, 0);
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.TRAINING);
    panes(policy, 2, FULL, 2, 6, 1);
    assertThat(requests).as("one retraining at a time").isEmpty();
    state = PolicyState.fromBytes(state.toBytes());
    state = policy.decide(state, control(1, 3)).state();
    status("delay-manual-1", Phase.ACTIVATED, 3);
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.COOLDOWN);
    assertThat(state.coolDownUntilMs()).isEqualTo(8 * PANE_MS);
    assertThat(state.tokens()).isEqualTo(OPTIONS.budget());

    panes(policy, 3, FULL, 6, 7, 1);
    assertThat(requests).isEmpty();
    panes(policy, 3, FULL, 7, 8, 1);
    assertThat(requests).extracting(RetrainRequest::championVersion).containsExactly(3);
  }

  @Test
  void shouldStartTheCoolDownAfterARefusedRetrainingByHandButLengthenNone() {
    panes(policy, 2, FULL, 0, 2, STABLE);
    for (int time = 0; time < 5; time++) {
      status("delay-manual-" + time, Phase.ACCEPTED, 0);
      status("delay-manual-" + time, Phase.FAILED, 0);
      // Told again, as after a restart; and refused before a worker took it.
      status("delay-manual-" + time, Phase.TRAINING, 0);
      status("delay-manual-late-" + time, Phase.REJECTED, 0);
    }
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.COOLDOWN);
    assertThat(state.failures()).isZero();
    assertThat(state.coolDownUntilMs()).isEqualTo(4 * PANE_MS);
  }

  private void panes(
      RetrainPolicy by, int version, ReferencePanes reference, int from, int to, long rows) {
    for (int pane = from; pane < to; pane++) {
      see(by, inputs(version, pane, rows, reference));
      see(by, performance(version, pane, STABLE, reference));
    }
  }

  private void see(RetrainPolicy by, DriftReport report) {
    Decision decision = by.decide(state, report);
    state = decision.state();
    why = decision.why();
    decision.request().ifPresent(requests::add);
  }

  private void status(String id, Phase phase, int candidate) {
    state = policy.decide(state, new RetrainStatus(id, "delay", phase, candidate, "", 0)).state();
  }

  private static ModelControl control(long epoch, int champion) {
    return new ModelControl("delay", epoch, ModelControl.Op.ACTIVATE, champion, 0, 0, "", 0);
  }

  private static DriftReport inputs(int version, int pane, long rows, ReferencePanes reference) {
    return report(
        version, pane, rows, DriftReport.Kind.INPUTS, Optional.empty(), Optional.of(reference));
  }

  private static DriftReport performance(
      int version, int pane, long rows, ReferencePanes reference) {
    return report(
        version,
        pane,
        rows,
        DriftReport.Kind.PERFORMANCE,
        Optional.of(labels()),
        Optional.of(reference));
  }

  private static DriftReport report(
      int version,
      int pane,
      long rows,
      DriftReport.Kind kind,
      Optional<Performance> performance,
      Optional<ReferencePanes> reference) {
    return new DriftReport(
        "delay", version, at(pane), at(pane + 1), rows, kind, List.of(), performance, reference);
  }

  private static Performance labels() {
    return new Performance(9, 9, 0, 0, 0.7, 0.4, 0.7, 0.4, 0.5, false);
  }

  private static long at(int pane) {
    return pane * PANE_MS;
  }
}
