package io.millrace.server.backfill;

/** A backfill that cannot be begun or went wrong; the message says why, and what mends it. */
public final class BackfillException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BackfillException(String message) {
    super(message);
  }

  BackfillException(String message, Throwable cause) {
    super(message, cause);
  }
}
