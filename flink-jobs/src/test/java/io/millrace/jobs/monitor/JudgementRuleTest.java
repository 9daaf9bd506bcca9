package io.millrace.jobs.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.FeatureDrift.Verdict;
import io.millrace.feature.loop.Performance;
import io.millrace.inference.policy.Suspicion;
import io.millrace.inference.policy.SuspicionRule;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JudgementRuleTest {
  private final SuspicionRule rule = Monitoring.judgement();

  @Test
  void driftOfWhatMattersAndADegradedPerformanceCountAndAnIncidentDoesNot() {
    Suspicion drifted = rule.of(inputs(Verdict.DRIFTED));
    assertThat(drifted.suspicious()).isTrue();
    assertThat(drifted.drifted()).containsExactly("hour");
    assertThat(drifted.reason()).startsWith("hour drifted, 90 % of the gain");

    Suspicion incident = rule.of(inputs(Verdict.INCIDENT));
    assertThat(incident.suspicious()).isFalse();
    assertThat(incident.incident()).isTrue();

    assertThat(rule.of(inputs(Verdict.STABLE))).isEqualTo(Suspicion.NONE);
    assertThat(rule.of(performance(true)).suspicious()).isTrue();
    assertThat(rule.of(performance(false))).isEqualTo(Suspicion.NONE);
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
