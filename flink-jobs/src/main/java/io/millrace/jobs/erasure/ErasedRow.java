package io.millrace.jobs.erasure;

import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.erasure.ErasedSubjects;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.Subject;
import java.util.Optional;
import java.util.OptionalInt;

/** Whether an event is an erased subject's: one of its columns names it. Stateless. */
public final class ErasedRow {
  private ErasedRow() {}

  /**
   * The erasure of its subject; empty if it is of none.
   *
   * @param appendedAtMs when it was appended to its topic
   */
  public static Optional<Erasure> by(
      ErasedSubjects subjects, RowSchema schema, Values row, long timeMs, long appendedAtMs) {
    if (!subjects.reach(timeMs, appendedAtMs)) {
      return Optional.empty();
    }
    for (String column : subjects.columns()) {
      OptionalInt index = schema.indexOf(column);
      if (index.isPresent()) {
        String value =
            Subject.valueOf(row, index.getAsInt(), schema.field(index.getAsInt()).type());
        Optional<Erasure> by = subjects.of(column, value, timeMs, appendedAtMs);
        if (by.isPresent()) {
          return by;
        }
      }
    }
    return Optional.empty();
  }
}
