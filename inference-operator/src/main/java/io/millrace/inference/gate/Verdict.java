package io.millrace.inference.gate;

import java.util.Objects;

/**
 * What one gate found.
 *
 * @param gate one of {@link Gates#NAMES}
 * @param passed whether the candidate may go on
 * @param measured what was found, with its unit
 * @param required what it is held against, with its unit
 * @param detail in words, for people; may be empty
 */
public record Verdict(
    String gate, boolean passed, String measured, String required, String detail) {
  public Verdict {
    Objects.requireNonNull(gate, "gate");
    Objects.requireNonNull(measured, "measured");
    Objects.requireNonNull(required, "required");
    Objects.requireNonNull(detail, "detail");
  }
}
