package io.millrace.feature.expression;

import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind;
import java.util.List;

/** What {@code all}, {@code exists}, {@code map} and {@code filter} may run over. */
final class Ranges {
  private Ranges() {}

  /**
   * @throws ExpressionException if the list is of no known size, or too long
   */
  static void require(SyntaxTree tree, CelExpr range) {
    long size = size(tree, range);
    if (size < 0) {
      throw tree.error(
          range,
          "all, exists, map and filter run over a list of a known size: [a, b, c], or"
              + " text.split(separator, n) with n from 1 to "
              + Limits.RANGE);
    }
    if (size > Limits.RANGE) {
      throw tree.error(
          range,
          "all, exists, map and filter run over at most "
              + Limits.RANGE
              + " elements, and these are "
              + size);
    }
  }

  /** The most elements that the list can have, or -1 if that is not known. */
  static long size(SyntaxTree tree, CelExpr range) {
    return switch (range.getKind()) {
      case LIST -> range.list().elements().size();
      case COMPREHENSION -> size(tree, range.comprehension().iterRange());
      case CALL -> {
        List<CelExpr> arguments = tree.arguments(range);
        boolean limited =
            tree.function(range).equals("split")
                && arguments.size() == 3
                && arguments.get(2).getKind() == ExprKind.Kind.CONSTANT
                && arguments.get(2).constant().getKind() == CelConstant.Kind.INT64_VALUE
                && arguments.get(2).constant().int64Value() > 0;
        yield limited ? arguments.get(2).constant().int64Value() : -1;
      }
      default -> -1;
    };
  }
}
