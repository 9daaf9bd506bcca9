package io.millrace.feature.expression;

import io.millrace.feature.ValueType;

/** Columns and literals. */
final class Leaves {
  private Leaves() {}

  static Closure column(int index, ValueType type) {
    return Closure.of(
        type,
        switch (Kind.of(type)) {
          case INTEGER ->
              (row, cell) -> {
                if (row.isNull(index)) {
                  return false;
                }
                cell.number = row.longAt(index);
                return true;
              };
          case REAL ->
              (row, cell) -> {
                if (row.isNull(index)) {
                  return false;
                }
                cell.real = row.doubleAt(index);
                return true;
              };
          case BOOL ->
              (row, cell) -> {
                if (row.isNull(index)) {
                  return false;
                }
                cell.number = row.booleanAt(index) ? 1 : 0;
                return true;
              };
          case TEXT ->
              (row, cell) -> {
                if (row.isNull(index)) {
                  return false;
                }
                cell.text = row.textAt(index);
                return true;
              };
          case OBJECT ->
              (row, cell) -> {
                if (row.isNull(index)) {
                  return false;
                }
                cell.object = row.objectAt(index);
                return true;
              };
        });
  }

  static Closure literal(long value) {
    return new Closure(
        ValueType.INT64,
        (row, cell) -> {
          cell.number = value;
          return true;
        },
        value);
  }

  static Closure literal(double value) {
    return new Closure(
        ValueType.FLOAT64,
        (row, cell) -> {
          cell.real = value;
          return true;
        },
        value);
  }

  static Closure literal(boolean value) {
    long number = value ? 1 : 0;
    return new Closure(
        ValueType.BOOL,
        (row, cell) -> {
          cell.number = number;
          return true;
        },
        value);
  }

  static Closure literal(String value) {
    return new Closure(
        ValueType.STRING,
        (row, cell) -> {
          cell.text = value;
          return true;
        },
        value);
  }

  static Closure nullLiteral() {
    return Closure.of(null, (row, cell) -> false);
  }
}
