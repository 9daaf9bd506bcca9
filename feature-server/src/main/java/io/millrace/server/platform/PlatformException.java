package io.millrace.server.platform;

/**
 * A server, port or folder that the platform needs is not to be had. The message names what it was
 * and what to do about it, and is fit to be shown to a user as it stands.
 */
public final class PlatformException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error that has no further cause. */
  public PlatformException(String message) {
    super(message);
  }

  /** An error with the failure behind it. */
  public PlatformException(String message, Throwable cause) {
    super(message, cause);
  }
}
