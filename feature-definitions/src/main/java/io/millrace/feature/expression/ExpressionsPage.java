package io.millrace.feature.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The page {@code docs/expressions.md}: the operators, the functions and the limits. */
final class ExpressionsPage {
  /**
   * An operator, as the page shows it.
   *
   * @param example an expression that is true
   */
  record Operator(String symbol, String types, String sentence, String example) {}

  static final List<Operator> OPERATORS =
      List.of(
          new Operator(
              "+ - *",
              "numbers",
              "Of two INT64 an INT64, null where it overflows; with a FLOAT64 a FLOAT64, by IEEE"
                  + " 754.",
              "2 + 3 * 4 == 14"),
          new Operator(
              "/",
              "numbers",
              "Of two INT64 cut towards zero, null by zero; with a FLOAT64 by IEEE 754, so that"
                  + " 1 / 0.0 is infinite.",
              "-7 / 2 == -3"),
          new Operator(
              "%",
              "numbers",
              "The remainder, of the sign of the left; null by an INT64 zero.",
              "-7 % 4 == -3"),
          new Operator("-x", "number", "Turned; null for the least INT64.", "-(2 - 5) == 3"),
          new Operator(
              "+",
              "texts",
              "The one after the other; null where that is too long.",
              "'a' + 'b' == 'ab'"),
          new Operator(
              "== !=",
              "numbers, texts or BOOL",
              "NaN is unequal to all, itself included. With the literal `null` a test that is never"
                  + " null itself.",
              "1 == 1.0"),
          new Operator(
              "< <= > >=",
              "numbers, texts or BOOL",
              "Texts by code point, false before true.",
              "'a' < 'b'"),
          new Operator(
              "&& &#124;&#124; !",
              "BOOL",
              "Three-valued: `false && null` is false, `true || null` is true, else null is null.",
              "!(false && int('x') > 0)"),
          new Operator(
              "a ? b : c",
              "BOOL, then one type",
              "Only the chosen one is evaluated; null if the condition is.",
              "(2 > 1 ? 'a' : 'b') == 'a'"),
          new Operator(
              "x in [a, b]",
              "a value and a list",
              "Of literals a look-up. If other things than literals are in the list, the CEL"
                  + " runtime runs it, and it is null if one of them is.",
              "'UA' in ['AA', 'UA']"),
          new Operator(
              "list[n]",
              "a list and an INT64",
              "The element, from 0 on; null where there is none.",
              "'a-b'.split('-')[1] == 'b'"),
          new Operator(
              "list.all(v, p)  .exists(v, p)  .exists_one(v, p)",
              "a list",
              "Whether p holds of all, of any, of one element v.",
              "'a,bb'.split(',', 9).exists(p, size(p) == 2)"),
          new Operator(
              "list.map(v, e)  .filter(v, p)",
              "a list",
              "A list of what e makes of each v, or of those v of which p holds.",
              "size([1, 2, 3].filter(v, v > 1)) == 2"));

  private ExpressionsPage() {}

  static String text() {
    StringBuilder page =
        new StringBuilder(
            """
            # Expressions

            Generated from the table of functions in `io.millrace.feature.expression`; a test fails when it is stale, and every example in a table is evaluated by it.

            An expression is [CEL](https://cel.dev) over the columns of a row: what a feature aggregates, its `where`, a source's `check` and `columns`, a service's formulas and its label.
            It is parsed and type-checked when the definitions are validated. Every function may be written `f(x, y)` or `x.f(y)`.

            ## Types and null
            - INT64, FLOAT64, STRING, BOOL and TIMESTAMP. A TIMESTAMP is an integer, milliseconds since 1970-01-01T00:00:00Z. An INT64 widens to FLOAT64 where it meets one; beyond 2^53 it loses digits by that.
            - A column that is a list or a map stands by itself, in `has()`, `coalesce()`, `x == null` or a choice; nothing else is defined over it.
            - Operators and functions of null are null, except where the tables say otherwise.
            - **What is an error in CEL is null**: an INT64 that overflows or is divided by zero, a text that is no number, a position outside of a text, an element that is not there.
            - An event whose value is null contributes nothing to an aggregation, and a `where` that is null does not admit it. A `check` that is null counts as held: check `has(x)` too if null is wrong.
            - NaN and infinities are values and no nulls: `is_nan(x)` asks for them.

            Literals: `15`, `0x1f`, `1.5`, `2e3`, `'text'`, `"text"`, `r'raw\\n'`, `true`, `false`, `null`.

            ## Operators
            From what binds least to what binds most: `? :`, `||`, `&&`, comparisons and `in`, `+ -`, `* / %`, `-x !x`, `.f() [n]`.

            | operator | of | what it is | example, true |
            |---|---|---|---|
            """);
    for (Operator operator : OPERATORS) {
      row(
          page,
          "`" + operator.symbol().replace("&#124;", "|") + "`",
          operator.types(),
          operator.sentence(),
          "`" + operator.example() + "`");
    }
    for (String group : Functions.ALL.stream().map(Function::group).distinct().toList()) {
      page.append("\n## ").append(group).append('\n');
      page.append("\n| function | what it is | example, true |\n|---|---|---|\n");
      Functions.ALL.stream()
          .filter(function -> function.group().equals(group))
          .forEach(
              function ->
                  row(
                      page,
                      signatures(function).replace("; ", "<br>")
                          + (function.alias().isEmpty() ? "" : "<br>or `" + function.alias() + "`"),
                      function.sentence(),
                      "`" + function.example() + "`"));
    }
    return page.append(limits()).toString();
  }

  private static void row(StringBuilder page, String... cells) {
    for (String cell : cells) {
      page.append("| ").append(cell.replace("|", "\\|")).append(' ');
    }
    page.append("|\n");
  }

  /** Such as {@code `abs(x: INT64)` INT64; `abs(x: FLOAT64)` FLOAT64}. */
  static String signatures(Function function) {
    if (function.isOfTheRuntime()) {
      return "`" + function.name() + "`";
    }
    List<String> signatures = new ArrayList<>();
    for (Function.Overload overload : function.overloads()) {
      List<String> parameters = new ArrayList<>();
      for (int i = 0; i < overload.names().size(); i++) {
        parameters.add(overload.names().get(i) + ": " + overload.parameters().get(i).words());
      }
      signatures.add(
          "`"
              + function.name()
              + "("
              + String.join(", ", parameters)
              + ")` "
              + (overload.result() == null ? "the same" : overload.result().name()));
    }
    return signatures.stream().distinct().collect(Collectors.joining("; "));
  }

  private static String limits() {
    return """

        ## Limits
        An expression over one of these is refused when it is validated.

        | limit | at most |
        |---|---|
        | chars | %d |
        | levels of nesting | %d |
        | columns, literals, operators and calls | %d |
        | elements of a list literal | %d |
        | elements that `all`, `exists`, `map`, `filter` run over: those of `[a, b]`, or n of `split(text, separator, n)`; others are refused | %d |
        | chars of a pattern with its repeats written out | %d |
        | instructions of a pattern's program | %d |
        | chars of a text that is made, if every text column has %d | %d |
        | steps of one evaluation, as estimated | %d |

        A step is a column, a literal, an operator or a call; for text one more for each 16 chars read or written, a column's text taken to have %d; a pattern reads each char once for each
        of its instructions; what the CEL runtime runs counts sixteenfold, and for each element of the list. Columns may well hold longer texts: then a text that an expression makes is null
        if it is longer than the limit, and so is one of more than %d chars that is handed to the CEL runtime.

        ## How it is run
        Closures run an expression without boxing a value. Lists are the CEL runtime's: it runs the smallest part around them, and asks closures for what is below. Both give the same values,
        nulls included; a seeded corpus of generated expressions is run by both, and by a CEL runtime that knows nothing of Millrace.

        ## Where it differs from CEL
        - An INT64 beside a FLOAT64 is widened; CEL refuses it.
        - Null and errors, as above. `has(x)` is of any value; CEL's is of fields only.
        - `%%` is defined on FLOAT64. Texts are ordered by code point.
        - `int` and `double` of a text trim it; `string` of a FLOAT64 has its point.
        - The smallest and the largest of numbers are NaN if one of them is.
        - There are no timestamps, durations, maps, messages, bytes or unsigned integers.
        """
        .formatted(
            Limits.CHARS,
            Limits.DEPTH,
            Limits.NODES,
            Limits.LIST,
            Limits.RANGE,
            Limits.REGEX_UNROLLED,
            Limits.REGEX_STEPS,
            Limits.COLUMN_CHARS,
            Limits.TEXT_CHARS,
            Limits.STEPS,
            Limits.COLUMN_CHARS,
            Limits.RUNTIME_CHARS);
  }
}
