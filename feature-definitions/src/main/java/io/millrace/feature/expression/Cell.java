package io.millrace.feature.expression;

/** Where a piece of an expression leaves its value; which field holds it is said by its type. */
final class Cell {
  /** INT64 and TIMESTAMP; of BOOL 0 or 1. */
  long number;

  /** FLOAT64. */
  double real;

  /** STRING. */
  String text;

  /** A list or map. */
  Object object;
}
