package io.millrace.online;

/**
 * An online store that cannot be opened, read or written: a folder that is not one, is damaged,
 * locked or not writable; a server that does not answer or refuses. The message names the place and
 * the fix.
 */
public final class OnlineStoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean passing;

  public OnlineStoreException(String message) {
    super(message);
    this.passing = false;
  }

  public OnlineStoreException(String message, Throwable cause) {
    super(message, cause);
    this.passing = false;
  }

  private OnlineStoreException(String message, Throwable cause, boolean passing) {
    super(message, cause);
    this.passing = passing;
  }

  /** A failure that may pass by itself: the same call may be made again, later. */
  public static OnlineStoreException passing(String message, Throwable cause) {
    return new OnlineStoreException(message, cause, true);
  }

  /** Whether the same call may succeed later without anybody's doing. */
  public boolean isPassing() {
    return passing;
  }
}
