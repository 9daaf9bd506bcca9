package io.millrace.server.serve;

import io.millrace.feature.Field;
import io.millrace.feature.Values;
import io.millrace.server.serve.FeatureQuery.TimestampUnit;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The columns of a query as rows of the plan's types, or a refusal that says which is not. */
final class Inputs {
  // The seconds of year 9999's end: an integer beyond it was surely meant as milliseconds.
  private static final long LAST_SECOND = 253_402_300_799L;
  private static final double EXACT_INTEGERS = 9_007_199_254_740_992.0;

  private Inputs() {}

  /**
   * @throws Refusal naming column, row, value and fix
   */
  static Values[] of(FeatureQuery query, ServePlan plan, int maxRows) {
    int rows = rowsOf(query, maxRows);
    Set<String> given = new LinkedHashSet<>(query.entities().keySet());
    for (String column : query.context().keySet()) {
      if (!given.add(column)) {
        throw Refusal.invalid(
            "the column "
                + Refusal.shown(column)
                + " stands both in entities and in request_context; give it once");
      }
    }
    requireKnown(given, plan);
    requireAll(given, plan);
    Values[] inputs = new Values[rows];
    for (int row = 0; row < rows; row++) {
      inputs[row] = new Values(plan.inputs().size());
    }
    fill(inputs, "entities", query.entities(), plan, query.timestamps());
    fill(inputs, "request_context", query.context(), plan, query.timestamps());
    return inputs;
  }

  private static int rowsOf(FeatureQuery query, int maxRows) {
    String first = null;
    int rows = -1;
    for (Map<String, List<Object>> columns : List.of(query.entities(), query.context())) {
      for (Map.Entry<String, List<Object>> column : columns.entrySet()) {
        int size = column.getValue().size();
        if (first == null) {
          first = column.getKey();
          rows = size;
        } else if (size != rows) {
          throw Refusal.invalid(
              "the columns must have one value a row, but "
                  + Refusal.shown(first)
                  + " has "
                  + rows
                  + " and "
                  + Refusal.shown(column.getKey())
                  + " has "
                  + size);
        }
      }
    }
    if (rows > maxRows) {
      throw new Refusal(
          Refusal.Kind.TOO_LARGE,
          "the request has "
              + rows
              + " rows, but one request may have "
              + maxRows
              + "; send several requests, or read the offline store for so many");
    }
    return Math.max(rows, 0);
  }

  private static void requireKnown(Set<String> given, ServePlan plan) {
    for (String column : given) {
      if (plan.inputs().indexOf(column).isEmpty()) {
        List<String> known = plan.inputs().fields().stream().map(Field::name).toList();
        throw Refusal.invalid(
            plan.name()
                + " reads no column "
                + Refusal.shown(column)
                + Names.meant(column, plan.readColumns().isEmpty() ? known : plan.readColumns()));
      }
    }
  }

  private static void requireAll(Set<String> given, ServePlan plan) {
    List<String> missing = new ArrayList<>();
    plan.requiredColumns()
        .forEach(
            (column, why) -> {
              if (!given.contains(column)) {
                missing.add(column + " (" + why + ")");
              }
            });
    if (!missing.isEmpty()) {
      throw Refusal.invalid(
          "the request has no column "
              + Refusal.list(missing.stream())
              + "; add "
              + (missing.size() == 1 ? "it" : "them")
              + " to entities, one value a row");
    }
  }

  private static void fill(
      Values[] inputs,
      String place,
      Map<String, List<Object>> columns,
      ServePlan plan,
      TimestampUnit unit) {
    columns.forEach(
        (name, values) -> {
          // Columns that nothing is made of are not looked at: a caller may send a whole event.
          if (plan.readColumns().contains(name)) {
            int index = plan.inputs().requireIndexOf(name);
            Field field = plan.inputs().field(index);
            for (int row = 0; row < inputs.length; row++) {
              set(inputs[row], index, field, values.get(row), unit, place, row);
            }
          }
        });
  }

  private static void set(
      Values into,
      int index,
      Field field,
      Object value,
      TimestampUnit unit,
      String place,
      int row) {
    if (value == null) {
      return;
    }
    boolean fits =
        switch (field.type()) {
          case STRING -> setText(into, index, value);
          case INT64 -> setLong(into, index, value);
          case FLOAT64 -> setDouble(into, index, value);
          case BOOL -> setBoolean(into, index, value);
          case TIMESTAMP -> setTimestamp(into, index, value, unit);
          case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
              setObject(into, index, field, value);
        };
    if (!fits) {
      throw Refusal.invalid(
          place
              + "."
              + field.name()
              + "["
              + row
              + "] is "
              + described(value)
              + ", but "
              + field.name()
              + " is "
              + field.type()
              + "; "
              + fix(field, value, unit));
    }
  }

  private static boolean setText(Values into, int index, Object value) {
    if (value instanceof String text && isWhole(text)) {
      into.setText(index, text);
      return true;
    }
    return false;
  }

  /** Whether the text can be written as UTF-8: JSON can escape half a character. */
  private static boolean isWhole(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return text.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE);
      }
    }
    return true;
  }

  private static boolean setLong(Values into, int index, Object value) {
    if (value instanceof Long number) {
      into.setLong(index, number);
      return true;
    }
    return false;
  }

  private static boolean setDouble(Values into, int index, Object value) {
    if (value instanceof Number number) {
      into.setDouble(index, number.doubleValue());
      return true;
    }
    return false;
  }

  private static boolean setBoolean(Values into, int index, Object value) {
    if (value instanceof Boolean truth) {
      into.setBoolean(index, truth);
      return true;
    }
    return false;
  }

  private static boolean setTimestamp(Values into, int index, Object value, TimestampUnit unit) {
    try {
      if (value instanceof Instant instant) {
        into.setLong(index, instant.toEpochMilli());
        return true;
      } else if (value instanceof String text) {
        into.setLong(index, Instant.parse(text).toEpochMilli());
        return true;
      } else if (value instanceof Long number
          && (unit == TimestampUnit.MILLIS || Math.abs(number) <= LAST_SECOND)) {
        into.setLong(index, unit == TimestampUnit.MILLIS ? number : 1000 * number);
        return true;
      }
    } catch (DateTimeException | ArithmeticException e) {
      return false;
    }
    return false;
  }

  private static boolean setObject(Values into, int index, Field field, Object value) {
    switch (field.type()) {
      case FLOAT64_MAP -> {
        if (value instanceof Map<?, ?> map
            && map.values().stream().allMatch(Number.class::isInstance)
            && map.keySet().stream().allMatch(key -> isWhole(key.toString()))) {
          into.setBoxed(index, map);
          return true;
        }
      }
      case STRING_LIST -> {
        return value instanceof List<?> list
            && list.stream().allMatch(item -> item instanceof String text && isWhole(text))
            && setList(into, index, value, String.class);
      }
      case INT64_LIST -> {
        return setList(into, index, value, Long.class);
      }
      default -> {
        if (value instanceof List<?> list && list.stream().allMatch(Number.class::isInstance)) {
          into.setList(index, list.stream().map(item -> ((Number) item).doubleValue()).toList());
          return true;
        }
      }
    }
    return false;
  }

  private static boolean setList(Values into, int index, Object value, Class<?> item) {
    if (value instanceof List<?> list && list.stream().allMatch(item::isInstance)) {
      into.setList(index, list);
      return true;
    }
    return false;
  }

  private static String described(Object value) {
    if (value instanceof String text) {
      return "the text \"" + Refusal.shown(text) + "\"";
    } else if (value instanceof Number) {
      return "the number " + value;
    } else if (value instanceof Boolean || value instanceof Instant) {
      return value.toString();
    }
    return value instanceof Map ? "a map" : "a list";
  }

  private static String fix(Field field, Object value, TimestampUnit unit) {
    return switch (field.type()) {
      case STRING ->
          value instanceof String
              ? "send a text of whole characters"
              : "send a text" + (value instanceof Number ? ": \"" + value + "\"" : "");
      case INT64 ->
          "send an integer of 64 bits"
              + (value instanceof Double number
                      && number == Math.rint(number)
                      && Math.abs(number) < EXACT_INTEGERS
                  ? ": " + number.longValue()
                  : "");
      case FLOAT64 -> "send a number";
      case BOOL -> "send true or false";
      case TIMESTAMP ->
          "send a time as 2013-07-01T12:00:00Z or in "
              + (unit == TimestampUnit.MILLIS ? "milliseconds" : "seconds")
              + " since 1970";
      case INT64_LIST -> "send a list of integers without nulls";
      case FLOAT64_LIST -> "send a list of numbers without nulls";
      case STRING_LIST -> "send a list of texts without nulls";
      case FLOAT64_MAP -> "send a map of numbers without nulls";
    };
  }
}
