package io.millrace.inference;

import java.io.Serializable;

/** Where a task gets its model from; travels to the task managers and is opened there. */
@FunctionalInterface
public interface ModelSource extends Serializable {
  /**
   * Loads, verifies and warms the model. The caller closes it.
   *
   * @throws Exception if there is no such model, or if it is not what it claims to be
   */
  ScoringModel open() throws Exception;
}
