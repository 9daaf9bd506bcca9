package io.millrace.inference.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.Performance;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.feature.loop.RetrainStatus.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetrainPolicyTest {
  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final long PANE_MS = 7 * DAY_MS;
  private static final PolicyOptions OPTIONS =
      new PolicyOptions(2, 3, 0, Duration.ofDays(14), Duration.ofDays(56), 2, Duration.ofDays(364));

  private static final Suspicion DRIFT =
      new Suspicion(true, false, false, List.of("slack_min", "hour"), "slack_min drifted");
  private static final Suspicion INCIDENT =
      new Suspicion(false, true, true, List.of(), "wind is null");

  /** Reads the suspicion off the number of rows, so that a test says what a report means. */
  private final RetrainPolicy policy =
      new RetrainPolicy(
          OPTIONS,
          "delay_v1",
          (report, faults) ->
              report.rows() == 1 ? DRIFT : report.rows() == 2 ? INCIDENT : Suspicion.NONE);

  private PolicyState state = policy.initial();
  private final List<RetrainRequest> requests = new ArrayList<>();

  @Test
  void shouldAskOnceWhenAllFeaturesDriftForManyPanesAndReportsAreReplayedAndTheJobRestarts() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      state = policy.initial();
      requests.clear();
      List<DriftReport> past = new ArrayList<>();
      for (int pane = 0; pane < 60; pane++) {
        past.add(inputs(1, pane, 1));
        past.add(performance(1, pane, 1));
        for (DriftReport report : past.subList(past.size() - 2, past.size())) {
          see(report);
        }
        for (int replays = random.nextInt(5); replays > 0; replays--) {
          see(past.get(random.nextInt(past.size())));
        }
        if (random.nextInt(3) == 0) {
          state = PolicyState.fromBytes(state.toBytes());
        }
        if (pane == 20 && !requests.isEmpty()) {
          status(requests.get(0), Phase.TRAINING, 0);
        }
      }
      assertThat(requests).as("seed %d", seed).hasSize(1);
      assertThat(state.phase()).as("seed %d", seed).isEqualTo(PolicyState.Phase.TRAINING);
    }
  }

  @Test
  void shouldNameTheCauseTheFeaturesAndHowFarTheLabelsAreComplete() {
    see(inputs(1, 0, 9));
    see(performance(1, 0, 9));
    see(inputs(1, 1, 1));
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.SUSPECT);
    see(performance(1, 1, 9));
    see(inputs(1, 2, 1));

    assertThat(requests).hasSize(1);
    RetrainRequest request = requests.get(0);
    assertThat(request.id()).isEqualTo(RetrainPolicy.idOf("delay", 1, "1209600000"));
    assertThat(request.championVersion()).isEqualTo(1);
    assertThat(request.decidedAtMs()).isEqualTo(3 * PANE_MS);
    assertThat(request.labelsCompleteUntilMs()).isEqualTo(2 * PANE_MS);
    assertThat(request.drifted()).containsExactly("slack_min", "hour");
    assertThat(request.reason())
        .isEqualTo(
            "2 of the last 3 panes are suspicious, the last from 1970-01-15T00:00:00Z: "
                + "slack_min drifted");
  }

  @Test
  void shouldWaitForTheLabelsOfTheFirstSuspiciousPane() {
    see(inputs(1, 0, 1));
    see(inputs(1, 1, 1));
    assertThat(requests).isEmpty();
    assertThat(see(inputs(1, 2, 1)).why()).contains("no labels of these are complete yet");

    see(performance(1, 0, 9));

    assertThat(requests).hasSize(1);
    assertThat(requests.get(0).decidedAtMs()).isEqualTo(2 * PANE_MS);
    assertThat(requests.get(0).labelsCompleteUntilMs()).isEqualTo(PANE_MS);
  }

  @Test
  void shouldLeaveSuspicionOnlyWhenNoneOfTheLastPanesIsSuspicious() {
    healthy(0);
    see(inputs(1, 1, 1));
    see(inputs(1, 2, 9));
    see(inputs(1, 3, 9));
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.SUSPECT);
    see(inputs(1, 4, 9));
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.HEALTHY);
    assertThat(requests).isEmpty();
  }

  @Test
  void shouldRememberAnIncidentAndNeverTrainForIt() {
    for (int pane = 0; pane < 40; pane++) {
      see(inputs(1, pane, 2));
      // A fall of the performance in the same pane is the fault's, not the model's.
      see(performance(1, pane, 1));
    }
    assertThat(requests).isEmpty();
    assertThat(state.incidents()).isEqualTo(40);
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.HEALTHY);
  }

  @Test
  void shouldIgnoreReportsOfAVersionThatIsNotTheChampion() {
    see(inputs(1, 0, 9));
    for (int pane = 1; pane < 10; pane++) {
      assertThat(see(inputs(2, pane, 1)).why()).isEqualTo("version 2 is not the champion 1");
      see(performance(2, pane, 1));
    }
    assertThat(requests).isEmpty();
    assertThat(state.labelsCompleteUntilMs()).isEqualTo(10 * PANE_MS);
  }

  @Test
  void shouldFollowTheChampionOfTheLatestControlRecordAndNotOfAnEarlierOne() {
    see(inputs(1, 0, 1));
    state = policy.decide(state, control(5, 3)).state();
    state = policy.decide(state, control(4, 2)).state();
    assertThat(state.champion()).isEqualTo(3);
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.HEALTHY);
  }

  @Test
  void shouldWatchTheNewChampionAfterTheCoolDown() {
    driftUntilRequested(0);
    status(requests.get(0), Phase.ACCEPTED, 0);
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.REQUESTED);
    status(requests.get(0), Phase.TRAINING, 0);
    status(requests.get(0), Phase.VALIDATING, 2);
    status(requests.get(0), Phase.ROLLOUT, 2);
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.ROLLOUT);
    status(requests.get(0), Phase.ACTIVATED, 2);
    assertThat(state.phase()).isEqualTo(PolicyState.Phase.COOLDOWN);
    assertThat(state.champion()).isEqualTo(2);

    // The clock stands at the end of pane 1; the cool-down lasts two panes.
    see(inputs(2, 2, 1));
    see(performance(2, 2, 1));
    assertThat(requests).hasSize(1);
    see(inputs(2, 3, 1));
    assertThat(requests).hasSize(2);
    assertThat(requests.get(1).championVersion()).isEqualTo(2);
    assertThat(requests.get(1).id()).isNotEqualTo(requests.get(0).id());
  }

  @Test
  void shouldWaitTwiceAsLongAfterEachRefusalInARowUpToTheLongest() {
    PolicyOptions rich =
        new PolicyOptions(
            2, 3, 0, Duration.ofDays(14), Duration.ofDays(56), 100, Duration.ofDays(1));
    RetrainPolicy generous = new RetrainPolicy(rich, "delay_v1", (report, faults) -> DRIFT);
    state = generous.initial();
    List<Long> asked = new ArrayList<>();
    for (int pane = 0; pane < 60; pane++) {
      for (DriftReport report : List.of(inputs(1, pane, 1), performance(1, pane, 1))) {
        Decision decision = generous.decide(state, report);
        state = decision.state();
        if (decision.request().isPresent()) {
          asked.add((long) pane);
          RetrainStatus refused =
              new RetrainStatus(
                  decision.request().get().id(), "delay", Phase.REJECTED, 0, "no better", 0);
          state = generous.decide(state, refused).state();
        }
      }
    }
    // Waits of 2, 4, 8, and 8 panes: the longest.
    assertThat(asked.subList(0, 6)).containsExactly(1L, 3L, 7L, 15L, 23L, 31L);
  }

  @Test
  void shouldNotAskMoreOftenThanTheBudgetAllows() {
    PolicyOptions options =
        new PolicyOptions(1, 1, 0, Duration.ZERO, Duration.ZERO, 2, Duration.ofDays(70));
    RetrainPolicy eager = new RetrainPolicy(options, "delay_v1", (report, faults) -> DRIFT);
    state = eager.initial();
    int asked = 0;
    String refusal = "";
    for (int pane = 0; pane < 101; pane++) {
      for (DriftReport report : List.of(performance(1, pane, 1), inputs(1, pane, 1))) {
        Decision decision = eager.decide(state, report);
        state = decision.state();
        if (decision.why().contains("budget")) {
          refusal = decision.why();
        }
        Optional<RetrainRequest> request = decision.request();
        if (request.isPresent()) {
          asked++;
          RetrainStatus failed =
              new RetrainStatus(request.get().id(), "delay", Phase.FAILED, 0, "exit 1", 0);
          state = eager.decide(state, failed).state();
        }
      }
    }
    // Two at once, then one each five panes: 2 + 100 / 5, less what the start holds back.
    assertThat(asked).isBetween(20, 22);
    assertThat(refusal).endsWith("but the budget of 2 in PT1680H is used up");
  }

  @Test
  void shouldIgnoreWordOfAnotherRequest() {
    driftUntilRequested(0);
    PolicyState before = state;
    RetrainStatus other = new RetrainStatus("other", "delay", Phase.ACTIVATED, 7, "", 0);
    Decision decision = policy.decide(state, other);
    assertThat(decision.state()).isEqualTo(before);
    assertThat(decision.why()).isEqualTo("other is not the retraining in flight");
  }

  @Test
  void shouldReadBackWhatItWroteAndRefuseOtherVersions() {
    driftUntilRequested(3);
    byte[] bytes = state.toBytes();
    assertThat(PolicyState.fromBytes(bytes)).isEqualTo(state);
    // Version 2 ended before the cause, the last id, the renewal and the faults.
    byte[] before = Arrays.copyOf(bytes, bytes.length - (1 + 2 + 16 + 2));
    before[0] = 2;
    assertThat(PolicyState.fromBytes(before)).isEqualTo(state);

    bytes[0] = 9;
    assertThatThrownBy(() -> PolicyState.fromBytes(bytes))
        .hasMessage(
            "the state of a policy has version 9, but this Millrace reads 1 to 3; restore it with the one that wrote it");
    assertThatThrownBy(() -> PolicyState.fromBytes(new byte[] {1, 0, 0}))
        .hasMessage("the state of a policy is damaged: it has 3 bytes");
  }

  private void healthy(int pane) {
    see(inputs(1, pane, 9));
    see(performance(1, pane, 9));
  }

  private void driftUntilRequested(int pane) {
    see(inputs(1, pane, 1));
    see(performance(1, pane, 1));
    see(inputs(1, pane + 1, 1));
    assertThat(requests).hasSize(1);
  }

  private Decision see(DriftReport report) {
    Decision decision = policy.decide(state, report);
    state = decision.state();
    decision.request().ifPresent(requests::add);
    return decision;
  }

  private void status(RetrainRequest request, Phase phase, int candidate) {
    state =
        policy
            .decide(state, new RetrainStatus(request.id(), "delay", phase, candidate, "", 0))
            .state();
  }

  private static ModelControl control(long epoch, int champion) {
    return new ModelControl("delay", epoch, ModelControl.Op.ACTIVATE, champion, 0, 0, "", 0);
  }

  private static DriftReport inputs(int version, int pane, long rows) {
    return new DriftReport(
        "delay",
        version,
        pane * PANE_MS,
        (pane + 1) * PANE_MS,
        rows,
        DriftReport.Kind.INPUTS,
        List.of(),
        Optional.empty());
  }

  private static DriftReport performance(int version, int pane, long rows) {
    return new DriftReport(
        "delay",
        version,
        pane * PANE_MS,
        (pane + 1) * PANE_MS,
        rows,
        DriftReport.Kind.PERFORMANCE,
        List.of(),
        Optional.of(new Performance(rows, rows, 0, 0, 0.7, 0.4, 0.7, 0.4, 0.5, false)));
  }
}
