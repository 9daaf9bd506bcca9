package io.millrace.inference.gate;

import io.millrace.inference.TrainingRow;
import io.millrace.schema.FeatureContract;
import java.util.List;
import java.util.Objects;

/**
 * A version that is to follow the champion, with what it is to be measured on.
 *
 * @param model the model's name
 * @param version of the candidate, saved but not promoted
 * @param contract of the vectors that the service makes now
 * @param holdout rows of the latest labelled period, none of which the candidate was trained on
 * @param drifted the features that drifted; empty if none did
 */
public record Candidate(
    String model,
    int version,
    FeatureContract contract,
    Iterable<TrainingRow> holdout,
    List<String> drifted) {
  public Candidate {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(contract, "contract");
    Objects.requireNonNull(holdout, "holdout");
    drifted = List.copyOf(drifted);
  }
}
