package io.millrace.inference.model;

/** A model on disk that is not what it claims to be, or not what the caller needs. */
public final class ModelRefusedException extends RuntimeException {
  ModelRefusedException(String message) {
    super(message);
  }

  ModelRefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
