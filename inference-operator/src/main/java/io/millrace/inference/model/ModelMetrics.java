package io.millrace.inference.model;

import io.millrace.inference.Evaluation;
import java.util.Objects;
import java.util.Optional;

/**
 * What a model reached on rows it was not trained on, beside what would have been reached without
 * it.
 *
 * @param model the model's own
 * @param constant always the training set's share of true rows
 * @param staticColumns a model trained on the columns named as static; empty if none were named
 * @param parityRows how many rows were compared with the trainer's own scores
 * @param parityMax the largest difference found between them
 */
public record ModelMetrics(
    Evaluation model,
    Evaluation constant,
    Optional<Evaluation> staticColumns,
    long parityRows,
    double parityMax) {
  public ModelMetrics {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(constant, "constant");
    Objects.requireNonNull(staticColumns, "staticColumns");
  }
}
