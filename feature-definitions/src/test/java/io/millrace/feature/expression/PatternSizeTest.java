package io.millrace.feature.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatternSizeTest {
  private static final String[] ATOMS = {
    "a", ".", "[a-z]", "[)]", "[](]", "[^])(]", "[\\](]", "[[:digit:])]", "\\(", "\\d", "\\pL",
    "\\Q(\\E", "\\Q)))\\E", "{", "x{", "^", "(?i)", "\\x{28}", "\\x28", "é", "😀", "[(]"
  };
  private static final String[] REPEATS = {"*", "+", "?", "{2}", "{3,}", "{0,4}", "{5,7}?", "{0}"};

  /** The estimate is no less than the program, but for a few steps at its ends. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void shouldNeverBeLessThanTheProgram(long seed) {
    Random random = new Random(seed);
    int compared = 0;
    for (int n = 0; n < 5_000; n++) {
      String pattern = generated(random, 4);
      long unrolled = PatternSize.unrolled(pattern);
      if (unrolled > 100_000) {
        continue;
      }
      int steps;
      try {
        steps = Pattern.compile(pattern).programSize();
      } catch (PatternSyntaxException e) {
        continue;
      }
      compared++;
      assertThat(unrolled * 3 + 8).as("seed %d: %s", seed, pattern).isGreaterThanOrEqualTo(steps);
    }
    assertThat(compared).as("seed %d", seed).isGreaterThan(1_000);
  }

  private static String generated(Random random, int depth) {
    StringBuilder pattern = new StringBuilder();
    for (int parts = random.nextInt(3); parts >= 0; parts--) {
      if (depth > 0 && random.nextInt(2) == 0) {
        String open = random.nextBoolean() ? "(" : "(?:";
        String alternative = random.nextInt(3) == 0 ? "|" + generated(random, depth - 1) : "";
        pattern.append(open).append(generated(random, depth - 1)).append(alternative).append(')');
      } else {
        pattern.append(ATOMS[random.nextInt(ATOMS.length)]);
      }
      if (random.nextBoolean()) {
        pattern.append(REPEATS[random.nextInt(REPEATS.length)]);
      }
    }
    return pattern.toString();
  }

  @Test
  void shouldTakeWhatPeopleWrite() {
    for (String pattern :
        new String[] {
          "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
          "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$",
          "^(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}$",
          "(?i)^n[1-9](\\d{0,4}|\\d{0,3}[a-hj-np-z]|\\d{0,2}[a-hj-np-z]{2})$"
        }) {
      assertThat(Regex.compile(pattern).pattern()).isEqualTo(pattern);
    }
  }

  @Test
  void shouldRefuseGroupsThatAreNestedDeep() {
    String deep = "(".repeat(65) + "a" + ")".repeat(65);
    assertThatThrownBy(() -> Regex.compile(deep))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the pattern " + deep + " is too large: its groups are nested deeper than 64");
  }
}
