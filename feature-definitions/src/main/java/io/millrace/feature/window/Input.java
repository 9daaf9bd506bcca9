package io.millrace.feature.window;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import io.millrace.feature.expression.Expression;
import java.util.Optional;

/**
 * One expression of a view with one filter, evaluated once an event however many features share it.
 * In a contribution it takes nine bytes:
 *
 * <pre>
 * u8 outcome (0 not admitted, 1 admitted but null, 2 a value) | i64 or f64 value
 * </pre>
 */
final class Input {
  static final int BYTES = 9;
  static final int REFUSED = 0;
  static final int NULL = 1;
  static final int VALUE = 2;

  private final Optional<Expression> expression;
  private final Optional<Expression> where;

  /**
   * @param expression empty for {@code *}: every admitted event has the value 1
   */
  Input(Optional<Expression> expression, Optional<Expression> where) {
    this.expression = expression;
    this.where = where;
  }

  ValueType type() {
    return expression.map(Expression::type).orElse(ValueType.INT64);
  }

  void evaluate(Row event, byte[] contribution, int offset) {
    if (where.isPresent() && !where.get().admits(event)) {
      return;
    }
    if (expression.isEmpty()) {
      contribution[offset] = VALUE;
      Longs.set(contribution, offset + 1, 1);
    } else if (expression.get().isNull(event)) {
      contribution[offset] = NULL;
    } else {
      contribution[offset] = VALUE;
      Expression value = expression.get();
      switch (value.type()) {
        case FLOAT64 -> Longs.setDouble(contribution, offset + 1, value.doubleAt(event));
        case BOOL -> Longs.set(contribution, offset + 1, value.booleanAt(event) ? 1 : 0);
        default -> Longs.set(contribution, offset + 1, value.longAt(event));
      }
    }
  }
}
