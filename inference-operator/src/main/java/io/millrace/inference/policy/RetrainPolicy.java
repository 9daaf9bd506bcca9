package io.millrace.inference.policy;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ReferencePanes;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.inference.policy.PolicyState.Cause;
import io.millrace.inference.policy.PolicyState.Phase;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * When to train a model again: one machine a model, driven by reports, the retrainer's word, and
 * control records.
 *
 * <pre>
 * HEALTHY -> SUSPECT -> REQUESTED -> TRAINING -> VALIDATING -> ROLLOUT -> COOLDOWN -> HEALTHY
 *    ^          |            |           |            |                      ^
 *    +----------+            +-----------+------------+--- refused, failed --+
 * </pre>
 *
 * A model is suspected from the first suspicious pane until at most {@code leavePanes} of the last
 * k are. A request needs m suspicious panes of the last k, labels for the first of these, no
 * retraining in flight, the cool-down over, and a token of the budget; what is missing is said in
 * {@link Decision#why()}. The clock is event time, read off the reports.
 *
 * <p>A version that learnt from so little that its reference had to borrow ({@link
 * ReferencePanes#isShort}) is renewed without any suspicion, once it has answered {@link
 * PolicyOptions#renewedAfter} panes with complete labels: a request like the others, under the same
 * conditions, but only while none of the last k panes speaks against the version or has a fault of
 * the data; drift comes first. What a renewal brought is not renewed again, and a renewal that was
 * refused waits for as many panes again.
 *
 * <p>A retraining that a person asked for is taken for the one in flight as soon as a worker has
 * it: beside it the policy asks for none, and at its end the cool-down begins. It costs no token,
 * and its failure lengthens no cool-down.
 *
 * <p>A pane with a data incident is counted in {@link PolicyState#incidents()} and never speaks for
 * a retraining; one that a smaller incident clouds speaks for one only by features that drifted
 * without being faulty. That lasts as long as the incident does: whether a lasting fault is the new
 * normal is for people to say, by hand or beforehand ({@link PolicyOptions#acceptedAfter}). Reports
 * of another version than the champion, and panes seen before, change nothing but the clock and the
 * completeness of labels. Immutable, thread-safe, and the same for the same events.
 */
public final class RetrainPolicy {
  private static final int ID_BYTES = 12;

  private final PolicyOptions options;
  private final String service;
  private final SuspicionRule rule;

  /**
   * @param service whose vectors the models read; named in the requests
   */
  public RetrainPolicy(PolicyOptions options, String service, SuspicionRule rule) {
    this.options = options;
    this.service = service;
    this.rule = rule;
  }

  /** The machine before anything has been heard. */
  public PolicyState initial() {
    return PolicyState.initial(options);
  }

  /** What comes of a report. The first version ever reported is taken for the champion. */
  public Decision decide(PolicyState state, DriftReport report) {
    Draft draft = new Draft(state, options);
    draft.advance(report.paneEndMs());
    if (report.kind() == DriftReport.Kind.PERFORMANCE) {
      draft.labelsCompleteUntilMs = Math.max(draft.labelsCompleteUntilMs, report.paneEndMs());
    }
    if (draft.champion == 0) {
      draft.serve(report.modelVersion());
    }
    if (report.modelVersion() != draft.champion) {
      return settle(
          draft,
          report,
          "version %d is not the champion %d".formatted(report.modelVersion(), draft.champion));
    }
    if (!draft.note(report, rule.of(report, draft.faultyUntilMs))) {
      return settle(draft, report, report.id() + " was seen before");
    }
    return settle(draft, report, "");
  }

  /**
   * What comes of the retrainer's word. Beside a retraining in flight, that of another changes
   * nothing; without one, a request that the policy did not send is one by hand.
   */
  public Decision decide(PolicyState state, RetrainStatus status) {
    Draft draft = new Draft(state, options);
    if (!state.phase().inFlight()
        && !status.phase().isEnd()
        && !status.requestId().equals(state.endedId())) {
      draft.train(Phase.REQUESTED, status.requestId(), Cause.BY_HAND);
    }
    if (!draft.requestId.equals(status.requestId())) {
      return new Decision(
          state, Optional.empty(), status.requestId() + " is not the retraining in flight");
    }
    switch (status.phase()) {
      case ACCEPTED -> draft.phase = Phase.REQUESTED;
      case TRAINING -> draft.phase = Phase.TRAINING;
      case VALIDATING -> draft.phase = Phase.VALIDATING;
      case ROLLOUT -> draft.phase = Phase.ROLLOUT;
      case ACTIVATED -> {
        draft.failures = 0;
        draft.close();
        draft.coolDown();
        if (status.candidateVersion() > 0) {
          draft.serve(status.candidateVersion());
          if (draft.cause == Cause.RENEWAL) {
            draft.renewal = draft.renewal.brought(status.candidateVersion());
          }
        }
      }
      case REJECTED, FAILED -> {
        // A person may try what cannot work as often as they like.
        draft.failures += draft.cause == Cause.BY_HAND ? 0 : 1;
        draft.close();
        draft.coolDown();
      }
    }
    return new Decision(draft.freeze(), Optional.empty(), status.phase() + ": " + status.detail());
  }

  /** Takes the champion from a control record, unless a later one has been seen. */
  public Decision decide(PolicyState state, ModelControl control) {
    if (control.epoch() <= state.epoch()) {
      return new Decision(
          state, Optional.empty(), "epoch %d was seen before".formatted(control.epoch()));
    }
    Draft draft = new Draft(state, options);
    draft.epoch = control.epoch();
    if (draft.champion != control.champion()) {
      draft.serve(control.champion());
      draft.close();
      if (draft.phase == Phase.SUSPECT) {
        draft.phase = Phase.HEALTHY;
      }
    }
    return new Decision(
        draft.freeze(),
        Optional.empty(),
        "the champion is version %d".formatted(control.champion()));
  }

  private Decision settle(Draft draft, DriftReport report, String said) {
    if (draft.phase.inFlight()) {
      return keep(draft, said.isEmpty() ? "a retraining is in flight" : said);
    }
    if (draft.phase == Phase.COOLDOWN) {
      if (draft.eventTimeMs < draft.coolDownUntilMs) {
        return keep(
            draft, said.isEmpty() ? "cooling down until " + at(draft.coolDownUntilMs) : said);
      }
      draft.phase = Phase.HEALTHY;
    }
    List<SeenPane> counting = draft.counting();
    if (counting.size() <= options.leavePanes()
        || (draft.phase == Phase.HEALTHY && counting.isEmpty())) {
      draft.phase = Phase.HEALTHY;
      return renew(draft, report, said);
    }
    draft.phase = Phase.SUSPECT;
    if (counting.size() < options.enterPanes()) {
      return keep(draft, said.isEmpty() ? panesOf(counting) : said);
    }
    if (draft.labelsCompleteUntilMs < counting.get(0).endMs()) {
      return keep(
          draft,
          panesOf(counting) + ", but no labels of these are complete yet: training would see none");
    }
    if (draft.tokens < 1) {
      return keep(draft, panesOf(counting) + ", but " + usedUp());
    }
    return retrain(draft, report.model(), counting);
  }

  /** Nothing speaks against the champion, but it may have learnt from little. */
  private Decision renew(Draft draft, DriftReport report, String said) {
    Renewal renewal = draft.renewal;
    boolean owed =
        options.renewedAfter() > 0
            && renewal.labelledPanes() >= options.renewedAfter()
            && renewal.renewedVersion() != draft.champion
            && report.modelVersion() == draft.champion
            && report.reference().map(ReferencePanes::isShort).orElse(false);
    if (!owed) {
      return keep(draft, said);
    }
    String why =
        "version %d learnt from %d panes; %d more with labels are there now"
            .formatted(draft.champion, report.reference().get().own(), renewal.labelledPanes());
    if (draft.faulty()) {
      return keep(draft, why + ", but the data of the last has a fault that training would learn");
    }
    if (draft.tokens < 1) {
      return keep(draft, why + ", but " + usedUp());
    }
    String id = idOf(report.model(), draft.champion, "renewal/" + renewal.newestPaneMs());
    return request(draft, Cause.RENEWAL, id, report.model(), draft.eventTimeMs, why, List.of());
  }

  private String usedUp() {
    return "the budget of %d in %s is used up".formatted(options.budget(), options.budgetPeriod());
  }

  private Decision retrain(Draft draft, String model, List<SeenPane> counting) {
    SeenPane deciding = counting.get(options.enterPanes() - 1);
    Set<String> drifted = new LinkedHashSet<>();
    for (int i = counting.size() - 1; i >= 0; i--) {
      drifted.addAll(counting.get(i).features());
    }
    String reasons = deciding.reason();
    return request(
        draft,
        Cause.DRIFT,
        idOf(model, draft.champion, Long.toString(deciding.startMs())),
        model,
        deciding.endMs(),
        panesOf(counting) + (reasons.isEmpty() ? "" : ": " + reasons),
        List.copyOf(drifted));
  }

  private Decision request(
      Draft draft,
      Cause cause,
      String id,
      String model,
      long decidedAtMs,
      String reason,
      List<String> drifted) {
    RetrainRequest request =
        new RetrainRequest(
            id,
            model,
            service,
            draft.champion,
            decidedAtMs,
            draft.labelsCompleteUntilMs,
            reason,
            drifted);
    draft.train(Phase.REQUESTED, id, cause);
    draft.tokens -= 1;
    draft.requests++;
    return new Decision(draft.freeze(), Optional.of(request), request.reason());
  }

  private static Decision keep(Draft draft, String why) {
    return new Decision(draft.freeze(), Optional.empty(), why);
  }

  private String panesOf(List<SeenPane> counting) {
    return "%d of the last %d panes are suspicious, the last from %s"
        .formatted(
            counting.size(), options.ofPanes(), at(counting.get(counting.size() - 1).startMs()));
  }

  private static String at(long timeMs) {
    return timeMs == PolicyState.NEVER ? "the start" : Instant.ofEpochMilli(timeMs).toString();
  }

  /** The same for the same cause: a hash of model, champion and what decided. */
  static String idOf(String model, int champion, String decided) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((model + "/" + champion + "/" + decided).getBytes(StandardCharsets.UTF_8));
      return model + "-" + HexFormat.of().formatHex(hash, 0, ID_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
