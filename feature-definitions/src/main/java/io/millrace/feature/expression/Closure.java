package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import java.util.List;

/**
 * A compiled piece of an expression. Every piece is evaluated at most once for a row, so the cost
 * of an expression is at most the number of its pieces, however deep they are nested.
 *
 * @param type null for the literal {@code null}, which takes the type of what it meets, and for a
 *     list
 * @param constant the value of a literal, else null; of a list a {@link ListPiece}
 */
record Closure(ValueType type, Code code, Object constant) {
  /** What a piece does. */
  @FunctionalInterface
  interface Code {
    /**
     * Leaves the value in the cell.
     *
     * @return false if the value is null; then the cell holds nothing of meaning
     */
    boolean evaluate(Row row, Cell cell);
  }

  /**
   * A list that the expression writes or makes: it is only ever a part.
   *
   * @param literals the elements if all of them are literals, else null
   */
  record ListPiece(List<Closure> literals) {}

  static Closure of(ValueType type, Code code) {
    return new Closure(type, code, null);
  }

  /** A list of literals, or with null a list of which only the CEL runtime knows the elements. */
  static Closure list(List<Closure> literals) {
    return new Closure(null, (row, cell) -> false, new ListPiece(literals));
  }

  boolean evaluate(Row row, Cell cell) {
    return code.evaluate(row, cell);
  }

  boolean isInteger() {
    return type == ValueType.INT64 || type == ValueType.TIMESTAMP;
  }

  boolean isNumber() {
    return isInteger() || type == ValueType.FLOAT64;
  }

  /** Whether this is the literal {@code null}. */
  boolean isNullLiteral() {
    return type == null && constant == null;
  }

  /** Whether this is a column of lists or maps, or a choice between such. */
  boolean isObject() {
    return type != null && kind() == Kind.OBJECT;
  }

  boolean isList() {
    return constant instanceof ListPiece;
  }

  /** The literals of this list, or null if this is no list or not all of its elements are. */
  List<Closure> literals() {
    return constant instanceof ListPiece list ? list.literals() : null;
  }

  Kind kind() {
    return Kind.of(type);
  }

  /** For messages. */
  String typeName() {
    return isList() ? "list" : type == null ? "null" : type.name();
  }

  /** This number as a FLOAT64. */
  Closure widened() {
    if (type == ValueType.FLOAT64) {
      return this;
    }
    if (constant instanceof Long number) {
      return Leaves.literal((double) number);
    }
    Code integer = code;
    return of(
        ValueType.FLOAT64,
        (row, cell) -> {
          if (!integer.evaluate(row, cell)) {
            return false;
          }
          cell.real = cell.number;
          return true;
        });
  }
}
