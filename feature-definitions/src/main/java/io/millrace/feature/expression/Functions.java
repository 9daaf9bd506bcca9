package io.millrace.feature.expression;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Every function of expressions: the table that the compiler and docs/expressions.md are of. */
final class Functions {
  static final List<Function> ALL = all();
  private static final Map<String, Function> BY_NAME = byName();

  private Functions() {}

  private static List<Function> all() {
    List<Function> all = new ArrayList<>();
    all.addAll(NumberFunctions.ALL);
    all.addAll(NullFunctions.ALL);
    all.addAll(Conversions.ALL);
    all.addAll(TimeFunctions.ALL);
    all.addAll(TextFunctions.ALL);
    all.addAll(PlaceFunctions.ALL);
    all.addAll(RuntimeFunctions.ALL);
    return List.copyOf(all);
  }

  private static Map<String, Function> byName() {
    Map<String, Function> byName = new LinkedHashMap<>();
    for (Function function : ALL) {
      List<String> names =
          function.alias().isEmpty()
              ? List.of(function.name())
              : List.of(function.name(), function.alias());
      for (String name : names) {
        if (byName.put(name, function) != null) {
          throw new IllegalStateException("two functions are named " + name);
        }
      }
    }
    return byName;
  }

  /** In the order of the alphabet. */
  static Set<String> names() {
    return new TreeSet<>(BY_NAME.keySet());
  }

  /** The function of the name or alias, or null. */
  static Function named(String name) {
    return BY_NAME.get(name);
  }
}
