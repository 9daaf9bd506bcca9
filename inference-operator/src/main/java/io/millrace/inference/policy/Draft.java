package io.millrace.inference.policy;

import io.millrace.feature.loop.DriftReport;
import io.millrace.inference.policy.PolicyState.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A {@link PolicyState} in the making. Of one thread. */
final class Draft {
  private final PolicyOptions options;
  private final long closedBeforeMs;

  Phase phase;
  int champion;
  long epoch;
  final List<SeenPane> panes;
  long closedUntilMs;
  long eventTimeMs;
  long labelsCompleteUntilMs;
  String requestId;
  long coolDownUntilMs;
  int failures;
  double tokens;
  long tokensAtMs;
  long incidents;
  long requests;
  int cloudedInRow;
  PolicyState.Cause cause;
  String endedId;
  Renewal renewal;
  final Map<String, Long> faultyUntilMs;

  Draft(PolicyState state, PolicyOptions options) {
    this.options = options;
    this.closedBeforeMs = state.closedUntilMs();
    this.phase = state.phase();
    this.champion = state.champion();
    this.epoch = state.epoch();
    this.panes = new ArrayList<>(state.panes());
    this.closedUntilMs = state.closedUntilMs();
    this.eventTimeMs = state.eventTimeMs();
    this.labelsCompleteUntilMs = state.labelsCompleteUntilMs();
    this.requestId = state.requestId();
    this.coolDownUntilMs = state.coolDownUntilMs();
    this.failures = state.failures();
    this.tokens = state.tokens();
    this.tokensAtMs = state.tokensAtMs();
    this.incidents = state.incidents();
    this.requests = state.requests();
    this.cloudedInRow = state.cloudedInRow();
    this.cause = state.cause();
    this.endedId = state.endedId();
    this.renewal = state.renewal();
    this.faultyUntilMs = new HashMap<>(state.faultyUntilMs());
  }

  PolicyState freeze() {
    return new PolicyState(
        phase,
        champion,
        epoch,
        panes,
        closedUntilMs,
        eventTimeMs,
        labelsCompleteUntilMs,
        requestId,
        coolDownUntilMs,
        failures,
        tokens,
        tokensAtMs,
        incidents,
        requests,
        cloudedInRow,
        cause,
        endedId,
        renewal,
        faultyUntilMs);
  }

  /** Moves the clock; the budget fills, and a cool-down may end. */
  void advance(long toMs) {
    if (eventTimeMs != PolicyState.NEVER && toMs <= eventTimeMs) {
      return;
    }
    eventTimeMs = toMs;
    if (tokensAtMs != PolicyState.NEVER) {
      double periods = (double) (toMs - tokensAtMs) / options.budgetPeriod().toMillis();
      tokens = Math.min(options.budget(), tokens + periods * options.budget());
    }
    tokensAtMs = toMs;
  }

  /** Notes a report; false if its pane is closed or it has been seen. */
  boolean note(DriftReport report, Suspicion suspicion) {
    if (report.paneStartMs() <= closedBeforeMs) {
      return false;
    }
    int at = 0;
    while (at < panes.size() && panes.get(at).startMs() < report.paneStartMs()) {
      at++;
    }
    boolean known = at < panes.size() && panes.get(at).startMs() == report.paneStartMs();
    SeenPane before = known ? panes.get(at) : SeenPane.unseen(report);
    if (before.has(report.kind())) {
      return false;
    }
    SeenPane after = before.with(report.kind(), suspicion);
    if (known) {
      panes.set(at, after);
    } else {
      panes.add(at, after);
    }
    if (after.incident() && !before.incident()) {
      incidents++;
    }
    for (String column : suspicion.faultyColumns()) {
      faultyUntilMs.merge(column, report.paneEndMs(), Math::max);
    }
    if (after.teaches()) {
      renewal = renewal.with(after);
    }
    if (report.kind() == DriftReport.Kind.INPUTS) {
      cloudedInRow = after.clouded() ? cloudedInRow + 1 : 0;
    }
    while (panes.size() > options.ofPanes()) {
      closedUntilMs = Math.max(closedUntilMs, panes.remove(0).startMs());
    }
    return true;
  }

  /** The panes that speak for a retraining, by time. */
  List<SeenPane> counting() {
    boolean accepted = accepted();
    return panes.stream().filter(pane -> pane.counts(accepted)).toList();
  }

  /** Whether a fault of the data that nobody accepted shows in one of the panes. */
  boolean faulty() {
    boolean accepted = accepted();
    return panes.stream().anyMatch(pane -> pane.incident() || (pane.clouded() && !accepted));
  }

  private boolean accepted() {
    return options.acceptedAfter() > 0 && cloudedInRow >= options.acceptedAfter();
  }

  /** Takes a version for the champion; what was counted of another says nothing of it. */
  void serve(int version) {
    if (champion != version) {
      champion = version;
      cloudedInRow = 0;
      renewal = renewal.again();
      faultyUntilMs.clear();
    }
  }

  /** Takes a retraining for the one in flight. */
  void train(Phase at, String id, PolicyState.Cause why) {
    phase = at;
    requestId = id;
    cause = why;
    renewal = renewal.again();
  }

  /** Forgets the panes: they have been decided upon. */
  void close() {
    panes.stream()
        .max(Comparator.comparingLong(SeenPane::startMs))
        .ifPresent(newest -> closedUntilMs = Math.max(closedUntilMs, newest.startMs()));
    panes.clear();
  }

  /** Starts the wait after a retraining: doubled with each failure in a row after the first. */
  void coolDown() {
    endedId = requestId;
    requestId = "";
    phase = Phase.COOLDOWN;
    Duration wait = options.coolDown();
    for (int i = 1; i < failures && wait.compareTo(options.maxBackOff()) < 0; i++) {
      wait = wait.multipliedBy(2);
    }
    if (wait.compareTo(options.maxBackOff()) > 0) {
      wait = options.maxBackOff();
    }
    coolDownUntilMs =
        eventTimeMs == PolicyState.NEVER ? PolicyState.NEVER : eventTimeMs + wait.toMillis();
  }
}
