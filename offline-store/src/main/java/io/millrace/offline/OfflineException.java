package io.millrace.offline;

/**
 * Something asked of the offline store that cannot be done: a file that is missing or damaged, a
 * column that is not there, a statement that is refused. The message names the place, the value and
 * the fix.
 */
public final class OfflineException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public OfflineException(String message) {
    super(message);
  }

  public OfflineException(String message, Throwable cause) {
    super(message, cause);
  }
}
