package io.millrace.feature;

/**
 * Read access to values by position. What a position means is said by a {@link RowSchema} that the
 * reader holds; a row does not carry it. The typed readers do not check the type and are undefined
 * where {@link #isNull} is true.
 */
public interface Row {
  boolean isNull(int index);

  /** The value of an INT64 or TIMESTAMP column. */
  long longAt(int index);

  /** The value of a FLOAT64 column. */
  double doubleAt(int index);

  boolean booleanAt(int index);

  String textAt(int index);

  /**
   * The value of a list or map column, immutable: {@code List<Long>}, {@code List<Double>}, {@code
   * List<String>} or {@code Map<String, Double>}.
   *
   * @throws UnsupportedOperationException if this kind of row has no such columns
   */
  default Object objectAt(int index) {
    throw new UnsupportedOperationException(
        getClass().getName() + " has no lists and maps, but was asked for one at " + index);
  }
}
