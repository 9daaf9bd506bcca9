package io.millrace.feature.erasure;

import io.millrace.feature.KeyReader;
import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Objects;

/**
 * Whom an erasure is about: a key column and its value as text, as in a part of an {@link
 * io.millrace.feature.EntityKey}: numbers decimal, booleans {@code true} and {@code false},
 * timestamps milliseconds. Whoever holds one knows the value in clear; what is written down holds
 * its {@link SubjectHash} instead.
 */
public record Subject(String column, String value) {
  public Subject {
    Objects.requireNonNull(column, "column");
    Objects.requireNonNull(value, "value");
  }

  /**
   * Reads a value as people write it.
   *
   * @param type of the column
   * @throws IllegalArgumentException naming the column, the value and what it should be
   */
  public static Subject of(String column, String text, ValueType type) {
    return new Subject(
        column,
        switch (type) {
          case STRING -> text;
          case BOOL -> {
            if (!text.equals("true") && !text.equals("false")) {
              throw wrong(column, text, "true or false");
            }
            yield text;
          }
          case INT64 -> {
            try {
              yield Long.toString(Long.parseLong(text));
            } catch (NumberFormatException e) {
              throw wrong(column, text, "a whole number of 64 bits");
            }
          }
          case TIMESTAMP -> {
            try {
              yield Long.toString(Instant.parse(text).toEpochMilli());
            } catch (DateTimeParseException e) {
              throw wrong(column, text, "an instant such as 2013-01-01T10:00:00Z");
            }
          }
          default -> throw wrong(column, text, "no key, since the column is " + type);
        });
  }

  private static IllegalArgumentException wrong(String column, String text, String wanted) {
    return new IllegalArgumentException(
        "the value of " + column + " is " + wanted + ", but \"" + text + "\" was given");
  }

  /**
   * A column of a row as a subject's value; null if it is null or of a type that makes no key.
   *
   * @param index the column's place in the row
   */
  public static String valueOf(Row row, int index, ValueType type) {
    if (!KeyReader.makesKey(type) || row.isNull(index)) {
      return null;
    }
    return switch (type) {
      case STRING -> row.textAt(index);
      case BOOL -> Boolean.toString(row.booleanAt(index));
      default -> Long.toString(row.longAt(index));
    };
  }

  /** Does not show the value. */
  @Override
  public String toString() {
    return column + "=(a subject)";
  }
}
