package io.millrace.server.infer;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.server.infer.Datatype.Kind;
import io.millrace.server.serve.Refusal;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Turns one-column tensors into rows: the borders between wire types and ours. */
final class Columns {
  private static final long MOST_EXACT_IN_DOUBLE = 1L << 53;

  private Columns() {}

  /** The datatype under which a column is told to callers. */
  static Datatype datatypeOf(ValueType type) {
    return switch (type) {
      case INT64, TIMESTAMP -> Datatype.INT64;
      case FLOAT64 -> Datatype.FP64;
      case BOOL -> Datatype.BOOL;
      case STRING -> Datatype.BYTES;
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
          throw new IllegalArgumentException("a model reads no " + type);
    };
  }

  /**
   * How many rows the inputs have: each is {@code [rows]} or {@code [rows, 1]}, all the same.
   *
   * @throws Refusal naming the input that differs
   */
  static int rows(List<Tensor> inputs) {
    for (Tensor input : inputs) {
      long[] shape = input.shape();
      if (shape.length > 2 || (shape.length == 2 && shape[1] != 1)) {
        throw Refusal.invalid(
            "input %s has the shape %s; one value a row is due: [rows] or [rows, 1]"
                .formatted(Shown.of(input.name()), Shown.of(Arrays.toString(shape))));
      }
      if (input.size() != inputs.get(0).size()) {
        throw Refusal.invalid(
            "input %s has %d rows, but input %s has %d; give all inputs the same number"
                .formatted(
                    Shown.of(input.name()),
                    input.size(),
                    Shown.of(inputs.get(0).name()),
                    inputs.get(0).size()));
      }
    }
    return requireRows(inputs.get(0).size());
  }

  static int requireRows(int rows) {
    if (rows < 1 || rows > InferRequest.MOST_ROWS) {
      throw Refusal.invalid(
          "the request has %d rows; give 1 to %d".formatted(rows, InferRequest.MOST_ROWS));
    }
    return rows;
  }

  /**
   * Rows of the schema; columns without an input are null.
   *
   * @throws Refusal if an input is no column of the schema, or if its values are not of the
   *     column's type
   */
  static List<Values> rows(RowSchema schema, List<Tensor> inputs) {
    int count = rows(inputs);
    List<Values> rows = new ArrayList<>(count);
    for (int row = 0; row < count; row++) {
      rows.add(new Values(schema.size()));
    }
    for (Tensor input : inputs) {
      int column = schema.requireIndexOf(input.name());
      Field field = schema.field(column);
      requireKind(field, input);
      for (int row = 0; row < count; row++) {
        if (!input.isNull(row)) {
          put(field, input, row, rows.get(row), column);
        }
      }
    }
    return rows;
  }

  private static void requireKind(Field field, Tensor input) {
    Kind kind = input.datatype().kind();
    boolean fits =
        switch (field.type()) {
          case INT64, FLOAT64 -> kind == Kind.INTEGER || kind == Kind.DECIMAL;
          case BOOL -> kind == Kind.TRUTH;
          case STRING -> kind == Kind.TEXT;
          case TIMESTAMP -> kind == Kind.INTEGER || kind == Kind.TEXT;
          case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> false;
        };
    if (!fits) {
      throw Refusal.invalid(
          field.type().isScalar()
              ? "input %s is %s, but %s is %s; give %s%s"
                  .formatted(
                      input.name(),
                      input.datatype(),
                      input.name(),
                      field.type(),
                      datatypeOf(field.type()),
                      field.type() == ValueType.TIMESTAMP ? " of milliseconds, or BYTES" : "")
              : "input %s is %s, which no tensor holds; leave it out"
                  .formatted(input.name(), field.type()));
    }
  }

  private static void put(Field field, Tensor input, int row, Values target, int column) {
    switch (field.type()) {
      case INT64 -> putWhole(field, input, row, target, column);
      case FLOAT64 -> {
        double value =
            input.datatype().kind() == Kind.DECIMAL ? input.doubleAt(row) : input.longAt(row);
        // NaN is how arrays without nulls say that there is no value.
        if (!Double.isNaN(value)) {
          target.setDouble(column, value);
        }
      }
      case BOOL -> target.setBoolean(column, input.longAt(row) != 0);
      case STRING -> target.setText(column, input.textAt(row));
      case TIMESTAMP ->
          target.setLong(
              column,
              input.datatype().kind() == Kind.TEXT ? instantMs(input, row) : input.longAt(row));
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
          throw new IllegalStateException(field + " was refused before");
    }
  }

  private static void putWhole(Field field, Tensor input, int row, Values target, int column) {
    if (input.datatype().kind() == Kind.INTEGER) {
      target.setLong(column, input.longAt(row));
      return;
    }
    double value = input.doubleAt(row);
    if (Double.isNaN(value)) {
      return;
    }
    if (value != Math.rint(value) || Math.abs(value) > MOST_EXACT_IN_DOUBLE) {
      throw Refusal.invalid(
          "input %s holds %s at position %d, but it is %s; give whole numbers, best as INT64"
              .formatted(input.name(), value, row, field.type()));
    }
    target.setLong(column, (long) value);
  }

  private static long instantMs(Tensor input, int row) {
    String text = input.textAt(row);
    try {
      return OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw Refusal.invalid(
          "input %s holds '%s' at position %d, which is no instant; give one like 2026-01-31T12:00:00Z, or milliseconds as INT64"
              .formatted(input.name(), Shown.of(text), row));
    }
  }
}
