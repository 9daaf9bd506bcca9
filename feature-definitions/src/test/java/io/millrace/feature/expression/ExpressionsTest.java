package io.millrace.feature.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpressionsTest {
  private static final RowSchema ROW =
      new RowSchema(
          "flight",
          List.of(
              Field.nullable("delay", ValueType.INT64),
              Field.nullable("temp", ValueType.FLOAT64),
              Field.nullable("carrier", ValueType.STRING),
              Field.nullable("cancelled", ValueType.BOOL),
              Field.nullable("at", ValueType.TIMESTAMP),
              Field.nullable("nothing", ValueType.INT64)));
  // 2013-01-01T10:15:00Z, a Tuesday.
  private static final Values VALUES =
      Values.of(11, 39.02, "UA", false, java.time.Instant.parse("2013-01-01T10:15:00Z"), null);

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          delay + 4                          # 15
          delay / 4                          # 2
          -delay % 4                         # -3
          delay / 2.0                        # 5.5
          delay / 0                          # null
          delay / 0.0                        # Infinity
          9223372036854775807 + delay        # null
          9223372036854775807 * delay        # null
          delay * 60000                      # 660000
          delay + nothing                    # null
          delay >= 15                        # false
          delay > 10.5                       # true
          nothing >= 15                      # null
          nothing >= 15 || delay > 3         # true
          nothing >= 15 && delay > 3         # null
          nothing >= 15 && delay > 300       # false
          nothing == null                    # true
          has(delay) && !has(nothing)        # true
          nothing == null ? -1 : nothing     # -1
          cancelled ? null : delay           # 11
          carrier == 'UA'                    # true
          carrier in ['AA', 'UA']            # true
          delay in [1, 2]                    # false
          carrier.startsWith('U')            # true
          size(carrier)                      # 2
          lower(carrier)                     # ua
          hour_of_day(at)                    # 10
          hour_of_day(at + -300 * 60000)     # 5
          day_of_week(at)                    # 1
          floor(temp)                        # 39.0
          max(delay, 20)                     # 20
          min(delay, 1.5)                    # 1.5
          int(temp)                          # 39
          int('x')                           # null
          double('1.5')                      # 1.5
          string(delay)                      # 11
          abs(-delay)                        # 11
          delay / 60.0 >= 0.18               # true
          5 / 2 * 1.0                        # 2.0
          -7 / 2                             # -3
          7.5 % 2                            # 1.5
          -9223372036854775808 - 1           # null
          -(-9223372036854775808)            # null
          abs(-9223372036854775808)          # null
          -9223372036854775808 / -1          # null
          max(delay, nothing)                # null
          !(nothing > 1)                     # null
          nothing > 1 ? 1 : 2                # null
          delay > 1 ? delay : 1.5            # 11.0
          has(nothing) || cancelled          # false
          nothing in [1, 2]                  # null
          temp in [39.02, 1]                 # true
          delay in [11.0]                    # true
          cancelled in [false]               # true
          carrier in []                      # false
          at > 0                             # true
          at - minutes(75) - hours(9)        # 1356998400000
          days(1) + seconds(1)               # 86401000
          hour_of_day(at, -300)              # 5
          hour_of_day(at, 'America/New_York') # 5
          hour_of_day(at, nothing)           # null
          hour_of_day(at, 5000)              # null
          day_of_week(at, 14 * 60)           # 2
          day_of_week(at, 'Asia/Tokyo')      # 1
          carrier.matches('^[A-Z]{2}$')      # true
          carrier.matches('B')               # false
          carrier + '-' + string(delay)      # UA-11
          'a' < 'b' && 'B' < 'a'             # true
          int(-2.7)                          # -2
          int(1e30)                          # null
          int('9223372036854775808')         # null
          double(' 2.5e1 ')                  # 25.0
          double('1d')                       # null
          double('NaN')                      # null
          string(1.0)                        # 1.0
          string(!cancelled)                 # true
          round(2.5)                         # 2.0
          size('é😀')                        # 2
          log(0) < -1e300                    # true
          sqrt(-1) == sqrt(-1)               # false
          math.abs(delay - 20)               # 9
          math.greatest(delay, 20, 2.5)      # 20.0
          min(delay, nothing, 1)             # null
          sign(-0.0)                         # 0.0
          log1p(-1) < 0 && is_inf(log1p(-1)) # true
          pow(2, 0.5) == sqrt(2)             # true
          is_nan(nothing)                    # null
          bucketize(delay, [0, 11, 60])      # 2
          bucketize(temp, [39.02])           # 1
          bucketize(-0.0, [0])               # 1
          bucketize(sqrt(-1), [0])           # null
          hash(carrier, 16) == hash('UA', 16) # true
          hash(delay, 9) == hash('11', 9)    # true
          hash(nothing, 9)                   # null
          haversine_km(0, 0, 0, 180)         # 20015.114442035923
          haversine_km(91, 0, 0, 0)          # null
          haversine_km(0, 0, 0, sqrt(-1))    # null
          day_of_month(at, -11 * 60)         # 31
          month(at, -11 * 60)                # 12
          year(at, 'Pacific/Honolulu')       # 2013
          is_weekend(at)                     # false
          is_weekend(at + days(4), 14 * 60)  # true
          is_weekend(at, nothing)            # null
          hour_of_day(9223372036854775807, 60) # null
          epoch_seconds(-1)                  # -1
          seconds_between(at, at + 1500)     # 1.5
          seconds_between(-9223372036854775808, 1) # null
          coalesce(nothing, delay)           # 11
          coalesce(nothing, temp, delay)     # 39.02
          coalesce(nothing, int('x'))        # null
          has(int('x'))                      # false
          '  é\u0085'.trim()                # é
          'a😀b'.substring(1, 2)             # 😀
          'a😀b'.substring(4)                # null
          'a😀b'.substring(2, 1)             # null
          'a😀b'.charAt(2)                   # b
          'a😀b'.charAt(3) == ''             # true
          'a😀b'.charAt(4)                   # null
          'a😀b'.indexOf('b')                # 2
          'a😀b'.lastIndexOf('c')            # -1
          '😀'.replace('', '-')              # -😀-
          'aaa'.replace('aa', 'b')           # ba
          'UA-1545'.split('-')[1]            # 1545
          'UA-1545'.split('-')[2]            # null
          'UA-1545'.split('-')[-1]           # null
          '😀b'.split('')[0]                 # 😀
          'UA-1545'.split('-', 1)[0]         # UA-1545
          size(carrier.split(''))            # 2
          carrier.split('').join('+')        # U+A
          carrier.reverse()                  # AU
          math.bitAnd(delay, 3)              # 3
          math.bitShiftLeft(delay, -1)       # null
          delay in [nothing, 11]             # null
          delay in [size(carrier), delay]    # true
          [delay, 7][1] + 0.5                # 7.5
          [delay, 7][2]                      # null
          carrier.split(',', 4).exists(p, lower(p) == 'ua') && delay > 3 # true
          ['a', 'b'].all(p, carrier.contains(p)) # false
          [1, 2].exists(n, n > nothing)      # null
          [1, 20].exists(n, n > nothing || n > delay) # true
          [1, 2].map(n, n * delay)[1]        # 22
          ['N1', 'X'].filter(p, p.matches('^N'))[0] # N1
          ['a', 'b'].exists_one(p, p == 'a') # true
          has([delay][3]) || delay > 2       # true
          """)
  void shouldHaveTheValue(String text, String expected) {
    Expression expression = Expressions.compile(text, ROW);
    Object value = null;
    if (!expression.isNull(VALUES)) {
      value =
          switch (Kind.of(expression.type())) {
            case INTEGER -> (Object) expression.longAt(VALUES);
            case REAL -> expression.doubleAt(VALUES);
            case BOOL -> expression.booleanAt(VALUES);
            case OBJECT -> throw new AssertionError(expression.type());
            case TEXT -> expression.textAt(VALUES);
          };
    }
    assertThat(String.valueOf(value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          dellay + 1           # 0  # flight has no column dellay; did you mean delay?
          1 + (tail_number)    # 5  # flight has no column tail_number; it has delay, temp, carrier, cancelled, at, nothing
          '😀' == carier       # 8  # flight has no column carier; did you mean carrier?
          floot(temp)          # 5  # there is no function floot of [FLOAT64]; did you mean floor?
          carrier.matches('(') # 15 # the pattern ( is no RE2 pattern: missing closing )
          hour_of_day(at, 'New York') # 11 # there is no time zone New York; a zone is such as 'America/New_York' or 'UTC'
          hour_of_day(at, carrier) # 11 # a zone is a literal such as 'America/New_York', or minutes east of UTC
          delay in [1, 'a']    # 13 # INT64 in STRING compares different types; convert one with int(), double() or string()
          delay in [null]      # 10 # null is in no list; ask for it with == null
          has(delay, temp)     # 3  # has takes one column, such as has(tail_num)
          carrier = 'UA'       # 8  # this is no expression: token recognition error at: '= '; equality is written ==
          delay > 1 and at > 1 # 10 # this is no expression: mismatched input 'and'; and is written &&
          1 +                  # 3  # this is no expression: mismatched input '<EOF>'
          delay + carrier      # 6  # arithmetic needs numbers, but this is STRING
          delay == carrier     # 6  # INT64 == STRING compares different types; convert one with int(), double() or string()
          delay && cancelled   # 6  # a condition is BOOL, but this is INT64
          cancelled ? 1 : 'a'  # 10 # a choice is between values of one type, not INT64 and STRING
          null                 # 0  # the expression is always null; name a column or a value
          hash(carrier, 0)     # 4  # buckets are a literal from 1 to 2147483647, such as hash(tail_num, 1000)
          bucketize(delay, [2, 1]) # 9 # bounds ascend, but 1.0 follows 2.0
          bucketize(delay, [carrier]) # 9 # bounds are a list of literal numbers, such as bucketize(delay, [0, 15, 60])
          coalesce(delay, carrier) # 8 # coalesce is between values of one type, not [INT64, STRING]
          carrier.substring('a') # 17 # there is no function substring of [STRING, STRING]; there is `substring(text: STRING, start: INT64)` STRING; `substring(text: STRING, start: INT64, end: INT64)` STRING
          [1, 2]               # 0  # the expression is a list; take one element, such as [0], or its size
          [1] == [1]           # 4  # lists are not compared; compare their elements or their sizes
          delay[0]             # 5  # only a list has elements, by an integer from 0 on, such as code.split('-')[0]; this is INT64[INT64]
          carrier.split('').all(c, c == '') # 13 # all, exists, map and filter run over a list of a known size: [a, b, c], or text.split(separator, n) with n from 1 to 64
          [1].all(delay, delay > 0) # 7 # delay is a column; give the variable of the list another name
          [1, 'a'][0]          # 8  # the value is dyn, whose type is not known before it is run; convert it with int(), double() or string()
          [1].all(n, hash(n, 3) == 0) # 15 # hash cannot be used on the variable of all, exists, map and filter
          [1].all(n, n + 1.5 > 0) # 13 # found no matching overload for '_+_' applied to '(int, double)' (candidates: (int, int),(uint, uint),(double, double),(string, string),(bytes, bytes),(list(%A0), list(%A0)),(google.protobuf.Timestamp, google.protobuf.Duration),(google.protobuf.Duration, google.protobuf.Timestamp),(google.protobuf.Duration, google.protobuf.Duration))
          math.foo(delay)      # 8  # there is no function math.foo of [INT64]; did you mean math.floor?
          delay in carrier     # 6  # in takes a list of literals, such as carrier in ['UA', 'AA']
          """)
  void shouldNameThePlaceAndTheMistake(String text, int offset, String message) {
    assertThatThrownBy(() -> Expressions.compile(text, ROW))
        .hasMessage(message)
        .asInstanceOf(type(ExpressionException.class))
        .returns(offset, ExpressionException::offset);
  }

  @Test
  void shouldRefuseWhatDoesNotParse() {
    assertThatThrownBy(() -> Expressions.compile("delay +", ROW))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining("mismatched input");
  }

  @Test
  void shouldRefuseAnUnknownFunctionAndNameThoseThatThereAre() {
    assertThatThrownBy(() -> Expressions.compile("sin(temp)", ROW))
        .hasMessageStartingWith("there is no function sin of [FLOAT64]; did you mean min?");
    assertThatThrownBy(() -> Expressions.compile("regression(temp)", ROW))
        .hasMessageStartingWith(
            "there is no function regression of [FLOAT64]; there are abs, bucketize, ceil,");
  }

  @Test
  void shouldPlaceAMistakeInALaterLine() {
    assertThatThrownBy(() -> Expressions.compile("delay > 1\n  && carrier = 'UA'", ROW))
        .asInstanceOf(type(ExpressionException.class))
        .returns(23, ExpressionException::offset);
  }

  @Test
  void shouldCheckWhatItCanBeforeTheColumnsAreKnown() {
    Expressions.checkSyntax("sched_dep_utc + minutes(dep_delay_min)");
    assertThatThrownBy(() -> Expressions.checkSyntax("a +"))
        .hasMessage("this is no expression: mismatched input '<EOF>'");
    assertThatThrownBy(() -> Expressions.checkSyntax("1 + (minuts(a))"))
        .hasMessage("there is no function minuts; did you mean minutes?")
        .asInstanceOf(type(ExpressionException.class))
        .returns(11, ExpressionException::offset);
    assertThatThrownBy(() -> Expressions.checkSyntax("a.b"))
        .hasMessageStartingWith("only columns, literals, operators and functions are supported");
    assertThatThrownBy(() -> Expressions.checkSyntax(" "))
        .hasMessage("the expression is empty; write one such as delay_min >= 15");
  }

  @Test
  void shouldReadEveryPartOnceHoweverDeepItIsNested() {
    String logic = "nothing > 0";
    String largest = "delay";
    String choice = "delay";
    for (int i = 0; i < 30; i++) {
      logic = "(" + logic + (i % 2 == 0 ? ") && " : ") || ") + "delay < " + i;
      largest = "min(" + largest + ", " + i + ")";
      choice = "(" + choice + " > 0 ? 1 : 0)";
    }
    for (String text : List.of(logic, largest, choice)) {
      CountingRow row = new CountingRow();
      Expressions.compile(text, ROW).isNull(row);
      assertThat(row.reads).as(text).isBetween(1, 31);
    }
  }

  /** Counts how often a column is asked whether it is null. */
  private static final class CountingRow implements io.millrace.feature.Row {
    private int reads;

    @Override
    public boolean isNull(int index) {
      reads++;
      return VALUES.isNull(index);
    }

    @Override
    public long longAt(int index) {
      return VALUES.longAt(index);
    }

    @Override
    public double doubleAt(int index) {
      return VALUES.doubleAt(index);
    }

    @Override
    public boolean booleanAt(int index) {
      return VALUES.booleanAt(index);
    }

    @Override
    public String textAt(int index) {
      return VALUES.textAt(index);
    }
  }
}
