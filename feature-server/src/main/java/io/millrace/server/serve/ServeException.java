package io.millrace.server.serve;

/** A server that cannot start. The message names the place and the fix. */
public final class ServeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ServeException(String message, Throwable cause) {
    super(message, cause);
  }
}
