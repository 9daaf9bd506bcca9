package io.millrace.feature.expression;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;

/** Columns and literals. */
final class Leaves {
  private Leaves() {}

  static final class Column extends Closure {
    private final int index;

    Column(int index, ValueType type) {
      super(type);
      this.index = index;
    }

    @Override
    public boolean isNull(Row row) {
      return row.isNull(index);
    }

    @Override
    public long longAt(Row row) {
      return row.longAt(index);
    }

    @Override
    public double doubleAt(Row row) {
      return type() == ValueType.FLOAT64 ? row.doubleAt(index) : row.longAt(index);
    }

    @Override
    public boolean booleanAt(Row row) {
      return row.booleanAt(index);
    }

    @Override
    public String textAt(Row row) {
      return row.textAt(index);
    }
  }

  static final class Literal extends Closure {
    private final long number;
    private final double real;
    private final String text;

    private Literal(ValueType type, long number, double real, String text) {
      super(type);
      this.number = number;
      this.real = real;
      this.text = text;
    }

    static Literal of(long value) {
      return new Literal(ValueType.INT64, value, value, null);
    }

    static Literal of(double value) {
      return new Literal(ValueType.FLOAT64, 0, value, null);
    }

    static Literal of(boolean value) {
      return new Literal(ValueType.BOOL, value ? 1 : 0, 0, null);
    }

    static Literal of(String value) {
      return new Literal(ValueType.STRING, 0, 0, value);
    }

    static Literal ofNull() {
      return new Literal(null, 0, 0, null);
    }

    @Override
    public boolean isNull(Row row) {
      return isNullLiteral();
    }

    @Override
    public long longAt(Row row) {
      return number;
    }

    @Override
    public double doubleAt(Row row) {
      return real;
    }

    @Override
    public boolean booleanAt(Row row) {
      return number != 0;
    }

    @Override
    public String textAt(Row row) {
      return text;
    }
  }
}
