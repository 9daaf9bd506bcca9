package io.millrace.feature.loop;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How far what one version of a model sees, and how well it does, is from what it was trained on,
 * in one pane of event time {@code [paneStartMs, paneEndMs)}.
 *
 * <p>A pane is reported twice: for its inputs when event time has passed its end, and for its
 * performance when its labels are complete.
 *
 * @param model the model's name
 * @param modelVersion the version that scored; a pane in which two versions scored has a report of
 *     each
 * @param rows the predictions of the pane by this version
 * @param kind which of the two reports this is
 * @param features in the order of the vector, the score last; empty for {@link Kind#PERFORMANCE}
 * @param performance empty for {@link Kind#INPUTS}
 * @param reference what the version's reference rests on; empty in reports of before it was told
 */
public record DriftReport(
    String model,
    int modelVersion,
    long paneStartMs,
    long paneEndMs,
    long rows,
    Kind kind,
    List<FeatureDrift> features,
    Optional<Performance> performance,
    Optional<ReferencePanes> reference) {
  /** What a report is about. */
  public enum Kind {
    INPUTS,
    PERFORMANCE
  }

  public DriftReport {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(reference, "reference");
    features = List.copyOf(features);
    if (performance.isPresent() != (kind == Kind.PERFORMANCE)) {
      throw new IllegalArgumentException("a report of " + kind + " with " + performance);
    }
  }

  /** That does not tell what the reference rests on. */
  public DriftReport(
      String model,
      int modelVersion,
      long paneStartMs,
      long paneEndMs,
      long rows,
      Kind kind,
      List<FeatureDrift> features,
      Optional<Performance> performance) {
    this(
        model,
        modelVersion,
        paneStartMs,
        paneEndMs,
        rows,
        kind,
        features,
        performance,
        Optional.empty());
  }

  /** {@code model/version/paneStart/kind}: one report each. */
  public String id() {
    return model + "/" + modelVersion + "/" + paneStartMs + "/" + kind;
  }
}
