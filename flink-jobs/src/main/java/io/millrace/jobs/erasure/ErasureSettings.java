package io.millrace.jobs.erasure;

import java.io.Serializable;
import java.util.List;

/**
 * What the operators of a job need to know to obey erasures.
 *
 * @param word where they are told
 * @param job how it is called in their answers, such as {@code features delay_v1}
 * @param operators the names of all that answer
 */
public record ErasureSettings(ErasureWord.Source word, String job, List<String> operators)
    implements Serializable {
  public ErasureSettings {
    operators = List.copyOf(operators);
  }

  /** Of a job that erases nothing. */
  public static ErasureSettings none() {
    return new ErasureSettings(ErasureWord.Source.none(), "", List.of());
  }
}
