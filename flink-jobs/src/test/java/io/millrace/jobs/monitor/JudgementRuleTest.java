package io.millrace.jobs.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import io.millrace.feature.loop.Performance;
import io.millrace.inference.policy.Decision;
import io.millrace.inference.policy.PolicyOptions;
import io.millrace.inference.policy.PolicyState;
import io.millrace.inference.policy.RetrainPolicy;
import io.millrace.inference.policy.Suspicion;
import io.millrace.inference.policy.SuspicionRule;
import io.millrace.jobs.DefinitionSet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JudgementRuleTest {
  private static final long PANE_MS = Duration.ofDays(7).toMillis();

  private static SuspicionRule rule;

  @BeforeAll
  static void read() throws Exception {
    rule =
        Monitoring.judgement(
            DefinitionSet.read(Path.of("..", "feature-definitions", "flights"), Map.of()),
            "delay_v1");
  }

  @Test
  void driftOfWhatMattersAndADegradedPerformanceCountAndAnIncidentDoesNot() {
    Suspicion drifted = rule.of(inputs(Verdict.DRIFTED), Map.of());
    assertThat(drifted.suspicious()).isTrue();
    assertThat(drifted.drifted()).containsExactly("hour");
    assertThat(drifted.reason()).startsWith("hour drifted, 90 % of the gain");

    Suspicion incident = rule.of(inputs(Verdict.INCIDENT), Map.of());
    assertThat(incident.suspicious()).isFalse();
    assertThat(incident.incident()).isTrue();

    assertThat(rule.of(inputs(Verdict.STABLE), Map.of())).isEqualTo(Suspicion.NONE);
    assertThat(rule.of(performance(true), Map.of()).suspicious()).isTrue();
    assertThat(rule.of(performance(false), Map.of())).isEqualTo(Suspicion.NONE);
  }

  /** Minutes become seconds for two weeks; the mean of 14 days is away for two weeks more. */
  @Test
  void shouldNotRetrainForAWindowOverAColumnThatWasAtFaultUntilTheWindowHasForgottenIt() {
    RetrainPolicy policy = new RetrainPolicy(PolicyOptions.defaults(), "delay_v1", rule);
    PolicyState state = policy.initial();
    List<Long> asked = new ArrayList<>();
    for (int pane = 0; pane < 8; pane++) {
      for (DriftReport report :
          List.of(inputs(pane, pane < 2 ? Verdict.INCIDENT : Verdict.STABLE), labels(pane))) {
        Decision decision = policy.decide(state, report);
        state = PolicyState.fromBytes(decision.state().toBytes());
        decision.request().ifPresent(request -> asked.add(request.decidedAtMs() / PANE_MS));
      }
    }
    // Panes 2 to 4 reach back to the fault, the last of them by the 6 hours of the tail's floor.
    assertThat(asked).containsExactly(7L);

    Suspicion during = rule.of(inputs(0, Verdict.INCIDENT), Map.of());
    assertThat(during.faultyColumns()).containsExactly("arrived.arr_delay_min");
    assertThat(during.clouded()).isTrue();
    assertThat(during.reason())
        .isEqualTo(
            "incident in flight__last_delay; flight__mean_delay_14d moved by the fault of"
                + " arrived.arr_delay_min");
  }

  private static DriftReport inputs(int pane, Verdict last) {
    return new DriftReport(
        "delay",
        1,
        pane * PANE_MS,
        (pane + 1) * PANE_MS,
        900,
        DriftReport.Kind.INPUTS,
        List.of(
            new FeatureDrift("flight__last_delay", 99, 9, 1e-9, 0.5, 0.1, 0, 0, 0.95, 0, last),
            new FeatureDrift(
                "flight__mean_delay_14d", 99, 9, 1e-9, 0.5, 0.3, 0, 0, 0, 0, Verdict.DRIFTED)),
        Optional.empty());
  }

  private static DriftReport labels(int pane) {
    return new DriftReport(
        "delay",
        1,
        pane * PANE_MS,
        (pane + 1) * PANE_MS,
        900,
        DriftReport.Kind.PERFORMANCE,
        List.of(),
        Optional.of(new Performance(900, 890, 5, 100, 0.6, 0.5, 0.7, 0.4, 1e-6, false)));
  }

  @Test
  void shouldNotWatchAVersionThatIsNotThereOrHasNoProfile(@TempDir Path models) {
    assertThat(new WatchedPredictions(models, 1000).tally("delay", 1)).isEmpty();
    assertThat(new WatchedOutcomes(models, 1000).tally("delay", 1)).isEmpty();
  }

  private static DriftReport inputs(Verdict verdict) {
    FeatureDrift hour = new FeatureDrift("hour", 99, 9, 1e-9, 0.5, 0.9, 0, 0, 0, 0, verdict);
    return new DriftReport(
        "delay", 1, 0, 100, 900, DriftReport.Kind.INPUTS, List.of(hour), Optional.empty());
  }

  private static DriftReport performance(boolean degraded) {
    return new DriftReport(
        "delay",
        1,
        0,
        100,
        900,
        DriftReport.Kind.PERFORMANCE,
        List.of(),
        Optional.of(new Performance(900, 890, 5, 100, 0.6, 0.5, 0.7, 0.4, 1e-6, degraded)));
  }
}
