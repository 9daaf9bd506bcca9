package io.millrace.feature;

/** How records tell of changes to a table. */
public enum ChangeFormat {
  /**
   * Debezium's envelope: {@code before} and {@code after}, each the row or null, and {@code op}: c
   * (created), r (read at a snapshot), u (updated) or d (deleted). An update or deletion takes back
   * what the row before was.
   */
  DEBEZIUM
}
