package io.millrace.server.retrain;

/** A topic of the loop cannot be read or written, or holds what does not fit what was asked for. */
public final class RetrainException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RetrainException(String message) {
    super(message);
  }

  RetrainException(String message, Throwable cause) {
    super(message, cause);
  }
}
