package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.List;

/** Functions that take null for an answer. */
final class NullFunctions {
  private static final String GROUP = "Null";

  static final List<Function> ALL =
      List.of(
          Function.of(
              "has",
              GROUP,
              "Whether the value is not null; itself never null. The same as `x != null`.",
              "has(1)",
              Function.overload(
                  "x: ANY", ValueType.BOOL, arguments -> Logic.isNull(arguments.get(0), true))),
          Function.of(
              "coalesce",
              GROUP,
              "The first of the values that is not null; those after it are not evaluated."
                  + " Integers beside a FLOAT64 are widened.",
              "coalesce(int('x'), 7) == 7",
              Function.overload("x: ANY, y...: ANY", null, NullFunctions::coalesce)));

  private NullFunctions() {}

  private static Closure coalesce(List<Closure> values) {
    ValueType type = values.get(0).type();
    boolean numbers = values.stream().allMatch(Closure::isNumber);
    if (numbers) {
      boolean integers = values.stream().allMatch(Closure::isInteger);
      type = integers ? (sameType(values) ? type : ValueType.INT64) : ValueType.FLOAT64;
    } else if (!sameType(values)) {
      throw new IllegalArgumentException(
          "coalesce is between values of one type, not "
              + values.stream().map(Closure::typeName).toList());
    }
    List<Closure> same = new ArrayList<>();
    for (Closure value : values) {
      same.add(type == ValueType.FLOAT64 ? value.widened() : value);
    }
    Closure[] all = same.toArray(Closure[]::new);
    return Closure.of(
        type,
        (row, cell) -> {
          for (Closure value : all) {
            if (value.evaluate(row, cell)) {
              return true;
            }
          }
          return false;
        });
  }

  private static boolean sameType(List<Closure> values) {
    return values.stream().map(Closure::type).distinct().count() == 1;
  }
}
