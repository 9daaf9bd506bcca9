package io.millrace.server.parity;

/** The continuous parity cannot go on; the message says why and what to do. */
public final class ParityException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ParityException(String message, Throwable cause) {
    super(message, cause);
  }
}
