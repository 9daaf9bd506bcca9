package io.millrace.feature.plan;

/** What became of a definition. */
public enum ChangeKind {
  NEW,
  CHANGED,
  REMOVED,
  UNCHANGED
}
