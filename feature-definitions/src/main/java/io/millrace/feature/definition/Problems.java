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

  void add(String file, int line, int column, String message) {
    all.add(new Problem(file, line, column, message));
  }

  /** A mistake inside the text of a scalar; the place is that of the char. */
  void add(String file, ScalarNode at, ExpressionException e) {
    int line = at.getStartMark().map(Mark::getLine).orElse(0);
    int column = at.getStartMark().map(Mark::getColumn).orElse(0);
    boolean quoted =
        at.getScalarStyle() == ScalarStyle.DOUBLE_QUOTED
            || at.getScalarStyle() == ScalarStyle.SINGLE_QUOTED;
    add(file, line + 1, column + 1 + (quoted ? 1 : 0) + e.offset(), e.getMessage());
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
