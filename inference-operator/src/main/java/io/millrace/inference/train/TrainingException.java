package io.millrace.inference.train;

/** A training that did not come to a model. The message holds the trainer's last words. */
public final class TrainingException extends Exception {
  TrainingException(String message) {
    super(message);
  }

  TrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}
