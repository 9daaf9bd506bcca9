package io.millrace.feature.expression;

import java.util.List;

/** Functions of CEL's extensions that its own runtime runs; closures have no lists. */
final class RuntimeFunctions {
  private static final String GROUP = "Lists and bits, run by the CEL runtime";

  static final List<Function> ALL =
      List.of(
          Function.of(
              "split",
              GROUP,
              "`split(text, separator)`: the parts between separators, as a list; `split(text,"
                  + " separator, n)`: at most n parts, the last with all that is left."
                  + " `split(text, separator)[n]` runs as a closure.",
              "size('a,b,c'.split(',')) == 3"),
          Function.of(
              "join",
              GROUP,
              "`join(list)`, `join(list, separator)`: the texts of a list after each other, with the"
                  + " separator between them.",
              "['a', 'b'].join('-') == 'a-b'"),
          Function.of(
              "reverse",
              GROUP,
              "`reverse(text)`: the code points of a text from last to first.",
              "'abc'.reverse() == 'cba'"),
          bits("math.bitAnd", "Bitwise and of two integers.", "math.bitAnd(6, 3) == 2"),
          bits("math.bitOr", "Bitwise or of two integers.", "math.bitOr(6, 3) == 7"),
          bits("math.bitXor", "Bitwise exclusive or of two integers.", "math.bitXor(6, 3) == 5"),
          bits("math.bitNot", "Every bit of an integer turned.", "math.bitNot(0) == -1"),
          bits(
              "math.bitShiftLeft",
              "An integer shifted left; null if the distance is negative.",
              "math.bitShiftLeft(1, 4) == 16"),
          bits(
              "math.bitShiftRight",
              "An integer shifted right, zeros moving in; null if the distance is negative.",
              "math.bitShiftRight(16, 4) == 1"));

  private RuntimeFunctions() {}

  private static Function bits(String name, String sentence, String example) {
    return Function.of(name, GROUP, sentence, example);
  }
}
