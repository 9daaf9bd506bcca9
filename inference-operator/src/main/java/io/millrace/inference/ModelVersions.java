package io.millrace.inference;

import java.io.Serializable;

/** All versions of one model; travels to the task managers, whose loader threads open them. */
public interface ModelVersions extends Serializable {
  /** The model's name. */
  String model();

  /** The version that serves while no control record says otherwise; 1 or more. */
  int champion() throws Exception;

  /**
   * Loads and verifies a version. The caller closes it.
   *
   * @param version 1 or more
   * @throws Exception if there is no such version, or if it is not what it claims to be
   */
  ScoringModel open(int version) throws Exception;
}
