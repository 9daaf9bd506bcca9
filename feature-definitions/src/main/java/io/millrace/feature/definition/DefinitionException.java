package io.millrace.feature.definition;

import java.util.List;
import java.util.stream.Collectors;

/** All mistakes of a set of definition files at once. */
public final class DefinitionException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;

  public DefinitionException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** In the order of file, line and column. */
  public List<Problem> problems() {
    return problems;
  }
}
