package io.millrace.feature;

/** The types a column or a feature may have; every Avro type that Millrace reads maps to one. */
public enum ValueType {
  /** A signed 64-bit integer; Avro {@code int} and {@code long}. */
  INT64,
  /** An IEEE 754 double; Avro {@code float} and {@code double}. */
  FLOAT64,
  /** UTF-8 text; Avro {@code string} and {@code enum}. */
  STRING,
  /** True or false; Avro {@code boolean}. */
  BOOL,
  /** Milliseconds since 1970-01-01T00:00:00Z; Avro {@code long} with {@code timestamp-millis}. */
  TIMESTAMP,
  /** {@code List<Long>} without nulls; Avro {@code array} of {@code int} or {@code long}. */
  INT64_LIST,
  /** {@code List<Double>} without nulls; Avro {@code array} of {@code float} or {@code double}. */
  FLOAT64_LIST,
  /** {@code List<String>} without nulls; Avro {@code array} of {@code string}. */
  STRING_LIST,
  /** {@code Map<String, Double>} without nulls, in the order of its keys; Avro {@code map}. */
  FLOAT64_MAP;

  /** Whether values are held in 64 bits rather than as an object. */
  public boolean isPrimitive() {
    return isScalar() && this != STRING;
  }

  /** Whether a value is one number, text, truth or instant, and not a list or a map of them. */
  public boolean isScalar() {
    return switch (this) {
      case INT64, FLOAT64, STRING, BOOL, TIMESTAMP -> true;
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> false;
    };
  }

  /** Whether arithmetic is defined on the type. */
  public boolean isNumeric() {
    return this == INT64 || this == FLOAT64;
  }
}
