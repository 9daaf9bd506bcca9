package io.millrace.feature.loop;

import java.util.List;
import java.util.Objects;

/**
 * The decision to train a model again, with its reason.
 *
 * @param id the same for the same cause, so that one cause trains once: made of the model, the
 *     version that served, what was the matter and the pane that decided
 * @param model the model's name
 * @param service whose vectors it reads
 * @param championVersion the version that served: which drifted, or had learnt from little
 * @param decidedAtMs event time of the decision: the end of the pane that decided
 * @param labelsCompleteUntilMs requests before this event time have all the labels they will get;
 *     training reads no later ones
 * @param reason in words, for people
 * @param drifted the features that drifted, the most important first; empty when only the
 *     performance fell, or a version is renewed that has not drifted
 */
public record RetrainRequest(
    String id,
    String model,
    String service,
    int championVersion,
    long decidedAtMs,
    long labelsCompleteUntilMs,
    String reason,
    List<String> drifted) {
  public RetrainRequest {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(service, "service");
    Objects.requireNonNull(reason, "reason");
    drifted = List.copyOf(drifted);
  }
}
