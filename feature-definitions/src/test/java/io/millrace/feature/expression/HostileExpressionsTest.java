package io.millrace.feature.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileExpressionsTest {
  private static final RowSchema ROW =
      new RowSchema(
          "row",
          List.of(
              Field.nullable("i", ValueType.INT64),
              Field.nullable("s", ValueType.STRING),
              Field.nullable("b", ValueType.BOOL)));
  // Half of what a thread gets by default, so that there is room for whoever calls.
  private static final long STACK_BYTES = 512 * 1024;

  /** Each is repeated until the text is as long as a text may be. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "[",
        "{",
        "!",
        "-",
        "- ",
        "!-",
        "i+",
        "i-",
        "-i-",
        "i*",
        "i?",
        "i?1:",
        "b?b:",
        "b&&",
        "b||",
        "b==",
        "i<",
        "s.",
        "s.lower().",
        "size(",
        "-(",
        "!(",
        "i in [",
        "[i][",
        "{1:",
        "s.f(",
        "[1].all(x,",
        "[1].map(x,",
        "b?(",
        "'",
        "\"\"\"",
        "r'",
        "//",
        "i,",
        "(i)",
        "i.i",
        "1.",
        "a ",
        "[[1].map(x, x)].map(y,",
        "`",
        "i[",
        "b ? b : b ? ",
        "\\",
        "\u0000",
        "\ud83d",
        "(b||",
        "(b&&"
      })
  void shouldRefuseOrCompileALongRepetitionOnASmallStack(String part) throws Exception {
    // The last try to make brackets look as if they were in a text.
    for (String around :
        List.of("#", "#1", "#b", "s.`'` || #", "'\n#", "'\\q'+'#'", "ar'\\'+'#'", "b'\\'+'#'")) {
      int times = (Limits.CHARS - around.length()) / part.length();
      String text = around.replace("#", part.repeat(times));
      List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
      Thread thread =
          new Thread(
              null,
              () -> {
                try {
                  Expressions.compile(text, ROW);
                } catch (ExpressionException e) {
                  // Refused, as it should be.
                  assertThat(e.getMessage()).isNotBlank();
                }
              },
              "small-stack",
              STACK_BYTES);
      thread.setUncaughtExceptionHandler((t, e) -> thrown.add(e));
      thread.start();
      thread.join(30_000);
      assertThat(thread.isAlive()).as("%s... takes more than 30 s", part).isFalse();
      assertThat(thrown).as("%s in %s", part, around).isEmpty();
    }
  }

  @Test
  void shouldRefuseATextThatIsTooLong() {
    refuses("1".repeat(5_000), "an expression has at most 4096 chars, this has 5000");
  }

  @Test
  void shouldRefuseDeepNestingBeforeParsing() {
    refuses("(".repeat(65) + "1" + ")".repeat(65), "the expression is nested deeper than 64");
    refuses("1" + " + 1".repeat(200), "the expression is nested deeper than 64");
    assertThat(Expressions.compile("(".repeat(60) + "1" + ")".repeat(60), ROW).type())
        .isEqualTo(ValueType.INT64);
    // Brackets in texts and comments are none.
    String brackets = "(".repeat(100);
    assertThat(compiles("size('" + brackets + "\\'" + brackets + "') > i // " + brackets)).isTrue();
    assertThat(compiles("r'\\d' == s || '''" + brackets + "''' == s")).isTrue();
  }

  @Test
  void shouldCountDepthAndNotLength() {
    for (String part : List.of("s.contains('a')", "(b ? b : b)", "i > 1.5", "b == !b")) {
      String wide = String.join(" || ", Collections.nCopies(100, part));
      assertThat(compiles(wide)).as(part).isTrue();
    }
  }

  @Test
  void shouldRefuseTooManyParts() {
    String wide =
        String.join(" || ", IntStream.range(0, 260).mapToObj(n -> "i == " + n % 10).toList());
    refuses(
        wide,
        "the expression has more than 1000 columns, literals, operators and calls; split it into"
            + " several");
  }

  @Test
  void shouldRefuseLongLists() {
    String list = String.join(",", Collections.nCopies(257, "1"));
    refuses("i in [" + list + "]", "a list has at most 256 elements, this has 257");
    String range = String.join(",", Collections.nCopies(65, "1"));
    refuses(
        "[" + range + "].all(x, x > 0)",
        "all, exists, map and filter run over at most 64 elements, and these are 65");
    refuses(
        "s.split(',', 1000000).all(x, x == '')",
        "all, exists, map and filter run over at most 64 elements, and these are 1000000");
    refuses(
        "s.split(',', -1).all(x, x == '')",
        "all, exists, map and filter run over a list of a known size: [a, b, c], or"
            + " text.split(separator, n) with n from 1 to 64");
  }

  @Test
  void shouldRefuseRunsWithinRuns() {
    String list = "[" + String.join(",", Collections.nCopies(60, "1")) + "]";
    assertThatThrownBy(
            () ->
                Expressions.compile(
                    list + ".all(x, " + list + ".all(y, " + list + ".all(z, x + y + z > 0)))", ROW))
        .isInstanceOf(ExpressionException.class)
        .hasMessageMatching(
            "one evaluation may cost \\d{7,} steps, and 100000 are allowed; search less text, or"
                + " run over fewer elements");
  }

  @Test
  void shouldRefuseTextsThatGrow() {
    assertThatThrownBy(() -> Expressions.compile("s.replace('', s).replace('', s)", ROW))
        .isInstanceOf(ExpressionException.class)
        .hasMessage(
            "this text may become 1003003000 chars long, of columns of 1000, and 1048576 are"
                + " allowed");
    String doubled = "s";
    for (int n = 0; n < 6; n++) {
      doubled = "(" + doubled + " + " + doubled + ")";
    }
    assertThat(doubled.length()).isLessThan(Limits.CHARS);
    assertThat(compiles(doubled)).isTrue();
    refusesContaining("'" + "x".repeat(1_100) + "'.replace('x', s)", "this text may become");
    assertThat(compiles("s.replace('-', ' ').upper().replace('AB', 'CD')")).isTrue();
  }

  @Test
  void shouldBeNullWhereARowMakesATextTooLong() {
    Expression replaced = Expressions.compile("s.replace('', s) == null", ROW);
    Expression added = Expressions.compile("(s + s + s) == null", ROW);
    Expression listed = Expressions.compile("s.split(',', 2)[0] == null", ROW);
    Values shorter = Values.of(1, "x".repeat(900), true);
    Values longer = Values.of(1, "x".repeat(400_000), true);
    assertThat(replaced.booleanAt(shorter)).isFalse();
    assertThat(replaced.booleanAt(longer)).isTrue();
    assertThat(added.booleanAt(shorter)).isFalse();
    assertThat(added.booleanAt(longer)).isTrue();
    assertThat(listed.booleanAt(shorter)).isFalse();
    assertThat(listed.booleanAt(longer)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "((a{99}){99}){99}",
        "(((((a{9}){9}){9}){9}){9}){9}",
        "(a{1000}){1000}",
        "((a+){99}){99}",
        "((a*){999}){9}",
        "a{1000}b{1000}c{1000}d{1000}e{1000}",
        "(x{1,999}){999}",
        "(x{999,}){999}",
        "((?:[^a]{99})?){99}",
        "(((a[)))]{99}){99}){99}",
        "(((a[^])))]{99}){99}){99}",
        "(((a[[:alpha:])))]{99}){99}){99}"
      })
  void shouldRefuseAPatternThatIsTooLarge(String pattern) {
    String text = "s.matches('" + pattern + "')";
    refusesContaining(text, "the pattern " + pattern + " is too large: ");
    refusesContaining("['a'].exists(p, p.matches('" + pattern + "'))", "is too large: ");
    assertThatThrownBy(() -> Expressions.checkSyntax(text))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining("is too large: ");
  }

  @Test
  void shouldPassListsOnAndNoMore() {
    RowSchema lists =
        new RowSchema(
            "lists",
            List.of(
                Field.nullable("l", ValueType.INT64_LIST),
                Field.nullable("m", ValueType.FLOAT64_MAP)));
    for (String text : List.of("l", "coalesce(l, l)", "has(m) ? l : l", "m == null ? null : l")) {
      assertThat(Expressions.compile(text, lists).type()).as(text).isEqualTo(ValueType.INT64_LIST);
    }
    for (String text :
        List.of(
            "l + 1", "l == l", "l[0]", "size(l)", "1 in [l]", "[l][0]", "string(l)", "-l", "!l")) {
      assertThatThrownBy(() -> Expressions.compile(text, lists))
          .as(text)
          .isInstanceOf(ExpressionException.class)
          .hasMessage(
              "there is no expression over lists and maps, and this is INT64_LIST; a column of them"
                  + " stands by itself, in has(), coalesce() or a choice");
    }
    assertThatThrownBy(() -> Expressions.compile("1 in l", lists))
        .isInstanceOf(ExpressionException.class)
        .hasMessageStartingWith("there is no expression over lists and maps");
  }

  @Test
  void shouldStateACost() {
    assertThat(Expressions.compile("i + 1", ROW).cost()).isEqualTo(3);
    assertThat(Expressions.compile("i in [1, 2]", ROW).cost()).isEqualTo(5);
    assertThat(Expressions.compile("s.startsWith('N')", ROW).cost()).isBetween(60L, 70L);
    assertThat(Expressions.compile("s.matches('^N')", ROW).cost()).isGreaterThan(200);
    assertThat(Expressions.compile("[1, 2, 3].all(x, x > i)", ROW).cost()).isGreaterThan(300);
  }

  @Test
  void shouldRefuseMapsAndSelections() {
    refusesContaining("{'a': 1}['a']", "only columns, literals, operators and functions");
    refusesContaining("s.length", "only columns, literals, operators and functions");
    refusesContaining("type(i) == int", "there is no function type");
    refusesContaining("[1u][0] == 1", "a literal is an integer, a double, a text");
    refuses(
        "b'x' == b'x'",
        "this is no expression: before a text may stand r, and nothing else; this is b");
    refuses("i > 1 && s == 'a", "this is no expression: the text that starts here does not end");
    refusesContaining("s == '\\q'", "this is no expression: there is no such escape; a backslash");
    assertThat(compiles("s == '\\x41\\u00e9\\U0001f600\\101\\'\\\\' || s == R'\\q'")).isTrue();
  }

  private static boolean compiles(String text) {
    return Expressions.compile(text, ROW) != null;
  }

  private static void refuses(String text, String message) {
    assertThatThrownBy(() -> Expressions.compile(text, ROW))
        .isInstanceOf(ExpressionException.class)
        .hasMessage(message);
  }

  private static void refusesContaining(String text, String message) {
    assertThatThrownBy(() -> Expressions.compile(text, ROW))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining(message);
  }
}
