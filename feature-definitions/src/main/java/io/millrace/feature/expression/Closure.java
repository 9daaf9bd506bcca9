package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;

/**
 * A compiled piece of an expression. Subclasses override the reader of their type; numbers read as
 * double are widened.
 */
abstract class Closure implements Expression {
  /** The type; null for the literal {@code null}, which takes the type of what it meets. */
  private final ValueType type;

  Closure(ValueType type) {
    this.type = type;
  }

  @Override
  public final ValueType type() {
    return type;
  }

  @Override
  public String text() {
    return "";
  }

  @Override
  public long longAt(Row row) {
    throw new IllegalStateException("not an integer: " + type);
  }

  @Override
  public double doubleAt(Row row) {
    return longAt(row);
  }

  @Override
  public boolean booleanAt(Row row) {
    throw new IllegalStateException("not a boolean: " + type);
  }

  @Override
  public String textAt(Row row) {
    throw new IllegalStateException("not a text: " + type);
  }

  boolean isInteger() {
    return type == ValueType.INT64 || type == ValueType.TIMESTAMP;
  }

  boolean isNumber() {
    return isInteger() || type == ValueType.FLOAT64;
  }

  /** Whether this is the literal {@code null}. */
  boolean isNullLiteral() {
    return type == null;
  }

  /** A piece that is null when either operand is. */
  abstract static class OfTwo extends Closure {
    final Closure left;
    final Closure right;

    OfTwo(ValueType type, Closure left, Closure right) {
      super(type);
      this.left = left;
      this.right = right;
    }

    @Override
    public boolean isNull(Row row) {
      return left.isNull(row) || right.isNull(row);
    }
  }

  /** A piece that is null when its operand is. */
  abstract static class OfOne extends Closure {
    final Closure operand;

    OfOne(ValueType type, Closure operand) {
      super(type);
      this.operand = operand;
    }

    @Override
    public boolean isNull(Row row) {
      return operand.isNull(row);
    }
  }
}
