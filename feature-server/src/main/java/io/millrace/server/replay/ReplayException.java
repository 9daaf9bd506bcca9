package io.millrace.server.replay;

/** A replay could not go on. The message names the topic or the server and says what failed. */
public final class ReplayException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error that has no further cause. */
  public ReplayException(String message) {
    super(message);
  }

  /** An error with the failure behind it. */
  public ReplayException(String message, Throwable cause) {
    super(message, cause);
  }
}
