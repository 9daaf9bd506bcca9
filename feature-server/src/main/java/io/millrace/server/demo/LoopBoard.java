package io.millrace.server.demo;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.Performance;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where the loop stands, from its own records as anyone can read them. Thread-safe. */
final class LoopBoard {
  private static final int NAMED = 4;

  private final Map<String, Retraining> retrainings = new LinkedHashMap<>();

  /** Of requests that were not read yet: the two lie in topics of their own. */
  private final Map<String, List<RetrainStatus>> early = new HashMap<>();

  private final Set<String> reports = new HashSet<>();
  private final List<Activation> activations = new ArrayList<>();
  private int panes;
  private List<String> drifted = List.of();
  private List<String> incidents = List.of();
  private int champion;
  private long controlEpoch;

  /** A retraining, as far as it has come. */
  record Retraining(RetrainRequest request, Optional<RetrainStatus> status) {
    boolean ended() {
      return status.map(s -> s.phase().isEnd()).orElse(false);
    }
  }

  /**
   * A version that began to serve.
   *
   * @param eventTimeMs event time at which it did, as near as the newest prediction says
   */
  record Activation(int version, long eventTimeMs, String reason) {}

  /** The lines to show because of a report; none if it was seen before. */
  synchronized List<String> report(DriftReport report) {
    if (!reports.add(report.id())) {
      return List.of();
    }
    String pane =
        "%s pane of %s".formatted(day(report.paneEndMs()), version(report.modelVersion()));
    if (report.kind() == DriftReport.Kind.PERFORMANCE) {
      Performance p = report.performance().orElseThrow();
      return p.degraded()
          ? List.of(
              String.format(
                  Locale.ROOT,
                  "%s: log-loss %.4f, reference %.4f, AUC %.4f, labels of %.1f %%: degraded",
                  pane,
                  p.logLoss(),
                  p.referenceLogLoss(),
                  p.auc(),
                  100 * p.completeness()))
          : List.of();
    }
    panes++;
    List<String> wereDrifted = drifted;
    List<String> wereIncidents = incidents;
    drifted = names(report, FeatureDrift.Verdict.DRIFTED);
    incidents = names(report, FeatureDrift.Verdict.INCIDENT);
    List<String> lines = new ArrayList<>();
    if (!drifted.isEmpty() && !drifted.equals(wereDrifted)) {
      lines.add(pane + ": drifted " + some(drifted));
    }
    if (!incidents.isEmpty() && !incidents.equals(wereIncidents)) {
      lines.add(pane + ": data incident " + some(incidents));
    }
    return lines;
  }

  private static List<String> names(DriftReport report, FeatureDrift.Verdict verdict) {
    return report.features().stream()
        .filter(feature -> feature.verdict() == verdict)
        .sorted((a, b) -> Double.compare(b.importance(), a.importance()))
        .map(FeatureDrift::feature)
        .toList();
  }

  private static String some(List<String> names) {
    return names.size() <= NAMED
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMED)) + " and " + (names.size() - NAMED) + " more";
  }

  synchronized List<String> request(RetrainRequest request) {
    if (retrainings.containsKey(request.id())) {
      return List.of();
    }
    retrainings.put(request.id(), new Retraining(request, Optional.empty()));
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s retraining requested: %s".formatted(day(request.decidedAtMs()), request.reason()));
    List<RetrainStatus> waiting = early.remove(request.id());
    if (waiting != null) {
      waiting.forEach(status -> lines.addAll(status(status)));
    }
    return lines;
  }

  synchronized List<String> status(RetrainStatus status) {
    Retraining retraining = retrainings.get(status.requestId());
    if (retraining == null) {
      early.computeIfAbsent(status.requestId(), id -> new ArrayList<>()).add(status);
      return List.of();
    }
    retrainings.put(status.requestId(), new Retraining(retraining.request(), Optional.of(status)));
    boolean sameStep =
        retraining.status().map(before -> before.phase() == status.phase()).orElse(false);
    return sameStep && status.phase() == RetrainStatus.Phase.TRAINING
        ? List.of()
        : List.of(
            "  %s%s %s"
                .formatted(
                    status.phase().name().toLowerCase(Locale.ROOT),
                    status.candidateVersion() > 0 ? " version " + status.candidateVersion() : "",
                    status.detail()));
  }

  /**
   * @param newestRequestMs event time of the newest prediction
   */
  synchronized List<String> control(ModelControl control, long newestRequestMs) {
    if (control.epoch() <= controlEpoch) {
      return List.of();
    }
    controlEpoch = control.epoch();
    boolean swapped = champion != 0 && champion != control.champion();
    if (swapped || (control.op() == ModelControl.Op.ACTIVATE && champion != control.champion())) {
      activations.add(new Activation(control.champion(), newestRequestMs, control.reason()));
    }
    champion = control.champion();
    return List.of();
  }

  /** Whether a candidate is being made: asked for, trained or held against the gates. */
  synchronized boolean isTraining() {
    return retrainings.values().stream()
        .anyMatch(
            retraining ->
                retraining
                    .status()
                    .map(s -> s.phase().compareTo(RetrainStatus.Phase.ROLLOUT) < 0)
                    .orElse(true));
  }

  synchronized Collection<Retraining> retrainings() {
    return List.copyOf(retrainings.values());
  }

  synchronized List<Activation> activations() {
    return List.copyOf(activations);
  }

  /** One clause of what goes on. */
  synchronized String progress() {
    String state =
        retrainings.values().stream()
            .filter(retraining -> !retraining.ended())
            .reduce((first, second) -> second)
            .map(LoopBoard::inWords)
            .orElse("watching");
    return "panes %d, drifted %d, %s".formatted(panes, drifted.size(), state);
  }

  private static String inWords(Retraining retraining) {
    return retraining
        .status()
        .map(
            status ->
                status.phase().name().toLowerCase(Locale.ROOT)
                    + (status.detail().isEmpty() ? "" : ": " + status.detail()))
        .orElse("requested");
  }

  private static String version(int number) {
    return "version " + number;
  }

  private static LocalDate day(long timeMs) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(timeMs), ZoneOffset.UTC);
  }
}
