package io.millrace.feature.definition;

import io.millrace.feature.expression.ExpressionException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Collects mistakes, so that all of them can be told at once. */
final class Problems {
  private final List<Problem> all = new ArrayList<>();

  void add(String file, Node at, String message) {
    int line = at.getStartMark().map(Mark::getLine).orElse(0);
    int column = at.getStartMark().map(Mark::getColumn).orElse(0);
    add(file, line + 1, column + 1, message);
  }

  /** A mistake that is found twice, say in a schema that two sources share, is told once. */
  void add(String file, int line, int column, String message) {
    Problem problem = new Problem(file, line, column, message);
    if (!all.contains(problem)) {
      all.add(problem);
    }
  }

  /**
   * A mistake inside the text of a scalar. The place is that of the char if the file holds the text
   * as it is, else that of the scalar: a folded, escaped or substituted text has its chars
   * elsewhere.
   */
  void add(String file, ScalarNode at, ExpressionException e) {
    int line = at.getStartMark().map(Mark::getLine).orElse(0);
    int column = at.getStartMark().map(Mark::getColumn).orElse(0);
    int quotes = at.getScalarStyle() == ScalarStyle.PLAIN ? 0 : 1;
    int length =
        at.getEndMark().map(Mark::getIndex).orElse(0)
            - at.getStartMark().map(Mark::getIndex).orElse(0);
    boolean asItIs = at.getValue().equals(e.text()) && e.text().length() + 2 * quotes == length;
    add(file, line + 1, column + 1 + (asItIs ? quotes + e.offset() : 0), e.getMessage());
  }

  boolean none() {
    return all.isEmpty();
  }

  void throwIfAny() throws DefinitionException {
    if (!all.isEmpty()) {
      all.sort(
          Comparator.comparing(Problem::file)
              .thenComparingInt(Problem::line)
              .thenComparingInt(Problem::column));
      throw new DefinitionException(all);
    }
  }
}
