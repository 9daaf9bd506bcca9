package io.millrace.offline.training;

/**
 * Takes the rows of a walk as they are made.
 *
 * @param <E> what taking a row may throw; it ends the walk
 */
@FunctionalInterface
public interface RowSink<E extends Exception> {
  void accept(TrainingRow row) throws E;
}
