package io.millrace.online;

/**
 * An online store that cannot be opened, read or written: a folder that is not one, is damaged,
 * locked or not writable. The message names the place and the fix.
 */
public final class OnlineStoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public OnlineStoreException(String message) {
    super(message);
  }

  public OnlineStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
