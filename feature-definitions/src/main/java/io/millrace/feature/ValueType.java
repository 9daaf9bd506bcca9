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
  TIMESTAMP;

  /** Whether values are held in 64 bits rather than as an object. */
  public boolean isPrimitive() {
    return this != STRING;
  }

  /** Whether arithmetic is defined on the type. */
  public boolean isNumeric() {
    return this == INT64 || this == FLOAT64;
  }
}
