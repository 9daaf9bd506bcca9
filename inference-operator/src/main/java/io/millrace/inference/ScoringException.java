package io.millrace.inference;

/** A model that failed on a batch of rows. */
public final class ScoringException extends Exception {
  public ScoringException(String message, Throwable cause) {
    super(message, cause);
  }
}
