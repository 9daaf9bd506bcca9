package io.millrace.online;

/** What a store can say of a value. */
public enum ValueStatus {
  /** There is a value and it may be served. */
  PRESENT,
  /** The row is there, but this feature of it is null: it was computed from nothing. */
  NULL_VALUE,
  /** The key was never written to this view, or was deleted. */
  NOT_FOUND,
  /** The row is there, but the key's last event is longer ago than the view's ttl. */
  OUTSIDE_MAX_AGE
}
