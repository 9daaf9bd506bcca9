package io.millrace.feature.expression;

import java.util.Arrays;
import java.util.Random;

/**
 * Expressions of the whole grammar over the columns of {@link CelOracle}, typed, from a seed. Each
 * comes twice: as a user of Millrace writes it, and as CEL without Millrace is told the same.
 */
final class ExpressionGenerator {
  /** The same expression twice. */
  record Pair(String ours, String cel) {
    static Pair same(String text) {
      return new Pair(text, text);
    }
  }

  private static final String[] COMPARISONS = {"==", "!=", "<", "<=", ">", ">="};
  private static final String[] ZONES = {"America/New_York", "Asia/Kathmandu", "UTC"};

  private final Random random;

  ExpressionGenerator(Random random) {
    this.random = random;
  }

  Pair next() {
    return switch (random.nextInt(4)) {
      case 0 -> integer(4);
      case 1 -> real(4);
      case 2 -> text(4);
      default -> bool(5);
    };
  }

  private Pair integer(int depth) {
    if (depth <= 0 || random.nextInt(6) == 0) {
      return switch (random.nextInt(4)) {
        case 0 -> Pair.same("i");
        case 1 -> Pair.same("j");
        case 2 -> Pair.same("at");
        default ->
            Pair.same(one("0", "1", "-1", "60", "9223372036854775807", "-9223372036854775808"));
      };
    }
    int d = depth - 1;
    return switch (random.nextInt(20)) {
      case 0 -> wrap("-(%s)", integer(d));
      case 1 -> wrap("int(%s)", real(d));
      case 2 -> own("int(%s)", "t_int(%s)", text(d));
      case 3 -> wrap("size(%s)", text(d));
      case 4 -> choice(integer(d), integer(d));
      case 5 -> wrap("math.abs(%s)", integer(d));
      case 6 -> wrap("math.sign(%s)", integer(d));
      case 7 -> own("min(%s, %s)", "math.least(%s, %s)", integer(d), integer(d));
      case 8 -> wrap("math.greatest(%s, %s, %s)", integer(d), integer(d), integer(d));
      case 9 -> own("hash(%s, 97)", "t_hash(%s)", text(d));
      case 10 -> own("bucketize(%s, [-1, 0, 2.5, 60])", "t_bucketize(%s)", real(d));
      case 11 -> calendar(d);
      case 12 -> own("coalesce(i, %s)", "(null_i ? %s : i)", integer(d));
      case 13 -> own("%s.indexOf(%s)", "t_indexOf(%s, %s)", text(d), text(d));
      case 14 -> own("minutes(%s)", "(%s * 60000)", integer(d));
      case 15 -> element("[%s, %s]", integer(d), integer(d));
      case 16 -> wrap("[%s, j].map(v, v + %s)[0]", integer(d), integer(d));
      case 17 -> wrap("size([%s, %s].filter(v, v > %s))", integer(d), integer(d), integer(d));
      default -> wrap(operator("+-*/%"), integer(d), integer(d));
    };
  }

  private Pair calendar(int depth) {
    String field = one("hour_of_day", "day_of_week", "day_of_month", "month", "year");
    Pair at = integer(depth);
    return switch (random.nextInt(3)) {
      case 0 -> own(field + "(%s)", "t_" + field + "(%s, 'UTC')", at);
      case 1 -> own(field + "(%s, %s)", "t_" + field + "(%s, %s)", at, integer(0));
      default -> {
        String zone = one(ZONES);
        yield own(field + "(%s, '" + zone + "')", "t_" + field + "(%s, '" + zone + "')", at);
      }
    };
  }

  private Pair real(int depth) {
    if (depth <= 0 || random.nextInt(6) == 0) {
      return Pair.same(one("x", "y", "0.0", "2.5", "-0.5", "1e300"));
    }
    int d = depth - 1;
    String f = one("log", "log1p", "exp");
    return switch (random.nextInt(16)) {
      case 0 -> wrap("-(%s)", real(d));
      case 1 -> wrap("double(%s)", integer(d));
      case 2 -> own("double(%s)", "t_double(%s)", text(d));
      case 3 -> choice(real(d), real(d));
      case 4 -> own("(%s ? %s : %s)", "(%s ? %s : double(%s))", bool(2), real(d), integer(d));
      case 5 -> own(f + "(%s)", "t_" + f + "(%s)", real(d));
      case 6 -> own("pow(%s, %s)", "t_pow(%s, %s)", real(d), widened(d));
      case 7 -> wrap("math." + one("abs", "sign", "floor", "ceil", "sqrt") + "(%s)", real(d));
      case 8 -> own("round(%s)", "t_round(%s)", real(d));
      case 9 -> own("max(%s, %s)", "t_max(%s, %s)", real(d), widened(d));
      case 10 -> own("(%s %% %s)", "t_remainder(%s, %s)", real(d), widened(d));
      case 11 -> own("coalesce(x, %s)", "(null_x ? %s : x)", widened(d));
      case 12 -> own("seconds_between(%s, %s)", "t_seconds(%s, %s)", integer(d), integer(d));
      case 13 -> element("[%s, %s]", real(d), real(d));
      case 14 -> wrap(operator("+-*/"), widened(d), real(d));
      default -> wrap(operator("+-*/"), real(d), widened(d));
    };
  }

  /** A double, or an integer that CEL has to be told to widen. */
  private Pair widened(int depth) {
    return random.nextBoolean() ? real(depth) : own("%s", "double(%s)", integer(depth));
  }

  private Pair text(int depth) {
    if (depth <= 0 || random.nextInt(5) == 0) {
      return Pair.same(one("s", "t", "'UA'", "''", "',😀,'", "'12'"));
    }
    int d = depth - 1;
    String f = one("lower", "upper");
    String g = one("trim", "reverse", "lowerAscii", "upperAscii");
    return switch (random.nextInt(15)) {
      case 0 -> wrap("string(%s)", integer(d));
      case 1 -> own("string(%s)", "t_string(%s)", real(d));
      case 2 -> choice(text(d), text(d));
      case 3 -> own(f + "(%s)", "t_" + f + "(%s)", text(d));
      case 4 -> wrap("%s." + g + "()", text(d));
      case 5 -> wrap("%s.substring(%s)", text(d), position());
      case 6 -> wrap("%s.substring(%s, %s)", text(d), position(), position());
      case 7 -> wrap("%s.charAt(%s)", text(d), position());
      case 8 -> wrap("%s.replace(%s, %s)", text(0), text(0), text(0));
      case 9 -> wrap("%s.split(%s)[%s]", text(d), text(0), position());
      case 10 -> wrap("%s.split(',', 3).join(%s)", text(d), text(0));
      case 11 -> own("coalesce(s, %s)", "(null_s ? %s : s)", text(d));
      case 12 -> wrap("%s.split(',', 3).map(v, v + %s)[0]", text(d), text(0));
      default -> wrap("(%s + %s)", text(d), text(d));
    };
  }

  private Pair position() {
    return random.nextInt(3) == 0 ? integer(1) : Pair.same(one("0", "1", "2", "size(t)"));
  }

  private Pair bool(int depth) {
    if (depth <= 0 || random.nextInt(8) == 0) {
      return Pair.same(one("b", "c", "false", "true"));
    }
    int d = depth - 1;
    String order = "(%s " + one(COMPARISONS) + " %s)";
    String equality = "(%s " + one("==", "!=") + " %s)";
    return switch (random.nextInt(22)) {
      case 0 -> wrap(order, integer(d), integer(d));
      case 1 -> wrap(order, real(d), widened(d));
      case 2 -> wrap(equality, text(d), text(d));
      case 3 -> own("(%s < %s)", "(t_order(%s, %s) < 0)", text(d), text(d));
      case 4 -> own("(%s >= %s)", "(t_order(%s, %s) >= 0)", text(d), text(d));
      case 5 -> wrap("!(%s)", bool(d));
      case 6 -> wrap("(%s && %s)", bool(d), bool(d));
      case 7 -> wrap("(%s || %s)", bool(d), bool(d));
      case 8 -> wrap("(%s in [1, -1, 7])", integer(d));
      case 9 -> wrap("(%s in ['UA', '', '😀'])", text(d));
      case 10 -> wrap("%s.matches('^[A-Z]+$')", text(d));
      case 11 -> wrap("(%s in [%s, %s])", integer(d), integer(d), integer(d));
      case 12 -> wrap("math." + one("isNaN", "isInf", "isFinite") + "(%s)", real(d));
      case 13 -> own("is_weekend(%s)", "(t_day_of_week(%s, 'UTC') >= 5)", integer(d));
      case 14 -> {
        String column = one("i", "x", "s");
        yield own("(" + column + " == null || %s)", "(null_" + column + " || %s)", bool(d));
      }
      case 15 -> own("(has(s) && %s)", "(!null_s && %s)", bool(d));
      case 16 -> wrap("[%s, j].exists(v, v > %s)", integer(d), integer(d));
      case 17 -> wrap("[%s, y].all(v, v <= %s || %s)", real(d), real(d), bool(d));
      case 18 -> wrap("%s.split(',', 4).exists_one(v, v == %s)", text(d), text(d));
      case 19 -> choice(bool(d), bool(d));
      case 20 -> own("(%s in [1.5, 60])", "(%s in [1.5, 60.0])", real(d));
      default -> wrap("%s." + one("startsWith", "endsWith", "contains") + "(%s)", text(d), text(d));
    };
  }

  private Pair choice(Pair one, Pair other) {
    return wrap("(%s ? %s : %s)", bool(2), one, other);
  }

  private Pair element(String list, Pair one, Pair other) {
    return wrap(list + "[" + one("0", "1", "2", "i") + "]", one, other);
  }

  private String operator(String operators) {
    char operator = operators.charAt(random.nextInt(operators.length()));
    return "(%s " + (operator == '%' ? "%%" : operator) + " %s)";
  }

  private String one(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static Pair wrap(String format, Pair... parts) {
    return own(format, format, parts);
  }

  private static Pair own(String ours, String cel, Pair... parts) {
    return new Pair(
        String.format(ours, Arrays.stream(parts).map(Pair::ours).toArray()),
        String.format(cel, Arrays.stream(parts).map(Pair::cel).toArray()));
  }
}
