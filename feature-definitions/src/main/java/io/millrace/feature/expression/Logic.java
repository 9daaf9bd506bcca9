package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import java.util.List;

/** Comparisons, three-valued logic, choice and membership. */
final class Logic {
  private Logic() {}

  /** Numbers compare as numbers (integers exactly), texts by code point, false before true. */
  static Closure compare(String operator, Closure left, Closure right) {
    return new Comparison(operator, left, right);
  }

  private static final class Comparison extends Closure.OfTwo {
    private final String operator;
    private final ValueType as;

    Comparison(String operator, Closure left, Closure right) {
      super(ValueType.BOOL, left, right);
      this.operator = operator;
      this.as =
          left.isInteger() && right.isInteger()
              ? ValueType.INT64
              : left.isNumber() ? ValueType.FLOAT64 : left.type();
    }

    @Override
    public boolean booleanAt(Row row) {
      if (as == ValueType.FLOAT64) {
        return compareDoubles(left.doubleAt(row), right.doubleAt(row));
      }
      int order =
          switch (as) {
            case STRING -> left.textAt(row).compareTo(right.textAt(row));
            case BOOL -> Boolean.compare(left.booleanAt(row), right.booleanAt(row));
            default -> Long.compare(left.longAt(row), right.longAt(row));
          };
      return switch (operator) {
        case "==" -> order == 0;
        case "!=" -> order != 0;
        case "<" -> order < 0;
        case "<=" -> order <= 0;
        case ">" -> order > 0;
        default -> order >= 0;
      };
    }

    private boolean compareDoubles(double a, double b) {
      return switch (operator) {
        case "==" -> a == b;
        case "!=" -> a != b;
        case "<" -> a < b;
        case "<=" -> a <= b;
        case ">" -> a > b;
        default -> a >= b;
      };
    }
  }

  /** {@code x == null}, {@code x != null} and {@code has(x)}: never null. */
  static Closure isNull(Closure operand, boolean negated) {
    return new Closure(ValueType.BOOL) {
      @Override
      public boolean isNull(Row row) {
        return false;
      }

      @Override
      public boolean booleanAt(Row row) {
        return operand.isNull(row) != negated;
      }
    };
  }

  /** {@code &&} with {@code decider} false, {@code ||} with it true: one decider decides. */
  static Closure connect(Closure left, Closure right, boolean decider) {
    return new Closure.OfTwo(ValueType.BOOL, left, right) {
      @Override
      public boolean isNull(Row row) {
        return !decides(left, row)
            && !decides(right, row)
            && (left.isNull(row) || right.isNull(row));
      }

      @Override
      public boolean booleanAt(Row row) {
        return (decides(left, row) || decides(right, row)) == decider;
      }

      private boolean decides(Closure side, Row row) {
        return !side.isNull(row) && side.booleanAt(row) == decider;
      }
    };
  }

  static Closure not(Closure operand) {
    return new Closure.OfOne(ValueType.BOOL, operand) {
      @Override
      public boolean booleanAt(Row row) {
        return !operand.booleanAt(row);
      }
    };
  }

  /** {@code condition ? one : other}; null if the condition is. */
  static Closure choose(ValueType type, Closure condition, Closure one, Closure other) {
    return new Closure(type) {
      @Override
      public boolean isNull(Row row) {
        return condition.isNull(row) || chosen(row).isNull(row);
      }

      @Override
      public long longAt(Row row) {
        return chosen(row).longAt(row);
      }

      @Override
      public double doubleAt(Row row) {
        return chosen(row).doubleAt(row);
      }

      @Override
      public boolean booleanAt(Row row) {
        return chosen(row).booleanAt(row);
      }

      @Override
      public String textAt(Row row) {
        return chosen(row).textAt(row);
      }

      private Closure chosen(Row row) {
        return condition.booleanAt(row) ? one : other;
      }
    };
  }

  /** {@code x in [a, b]}; each equality was compiled against x. */
  static Closure in(Closure operand, List<Closure> equalities) {
    return new Closure.OfOne(ValueType.BOOL, operand) {
      @Override
      public boolean booleanAt(Row row) {
        for (Closure equality : equalities) {
          if (equality.booleanAt(row)) {
            return true;
          }
        }
        return false;
      }
    };
  }
}
