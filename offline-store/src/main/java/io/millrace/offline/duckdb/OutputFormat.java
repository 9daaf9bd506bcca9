package io.millrace.offline.duckdb;

/** How an answer is printed. */
public enum OutputFormat {
  /** Aligned columns for people. */
  TABLE,
  /** RFC 4180: a line of names, then a line a row; null is empty, an empty text is quoted. */
  CSV,
  /** One JSON object a line. */
  JSON
}
