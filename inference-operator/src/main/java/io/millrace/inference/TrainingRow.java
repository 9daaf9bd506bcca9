package io.millrace.inference;

import io.millrace.feature.Values;
import java.util.Objects;

/**
 * One example to learn from.
 *
 * @param vector the features as of {@code timeMs}; nothing in it is of that instant or later
 * @param label what came true
 * @param timeMs the request's event time
 */
public record TrainingRow(Values vector, boolean label, long timeMs) {
  public TrainingRow {
    Objects.requireNonNull(vector, "vector");
  }
}
