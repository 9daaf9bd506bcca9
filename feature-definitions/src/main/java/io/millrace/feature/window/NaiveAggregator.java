package io.millrace.feature.window;

import io.millrace.feature.Event;
import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * The specification as code: every value from a scan of every event, nothing kept. The oracle of
 * the tests and of {@code millrace parity}; too slow for anything else. It shares with the engine
 * how features compile, and nothing of how they are computed.
 */
public final class NaiveAggregator {
  /** More digits than a double has, so that rounding to one after rounding to these is right. */
  private static final MathContext WIDE = new MathContext(60, RoundingMode.HALF_EVEN);

  private static final BigInteger LEAST_LONG = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger GREATEST_LONG = BigInteger.valueOf(Long.MAX_VALUE);

  private NaiveAggregator() {}

  /**
   * The view's values as of an instant from all events of one key, in any order.
   *
   * @param schema the schema of the events
   */
  public static Values valuesAt(
      FeatureView view, RowSchema schema, List<Event> eventsOfKey, long asOfMs) {
    return valuesAt(view, eventsOfKey, asOfMs, text -> Expressions.compile(text, schema));
  }

  /** As {@link #valuesAt}, with the expressions that a function makes of texts. */
  static Values valuesAt(
      FeatureView view,
      List<Event> eventsOfKey,
      long asOfMs,
      Function<String, Expression> compiler) {
    List<Event> past = new ArrayList<>();
    for (Event event : eventsOfKey) {
      if (event.timeMs() < asOfMs) {
        past.add(event);
      }
    }
    past.sort(Comparator.comparingLong(Event::timeMs).thenComparing(Event::position));
    if (isPastTtl(view, past, asOfMs)) {
      past.clear();
    }
    Values row = new Values(view.features().size());
    for (CompiledFeature feature : CompiledFeature.compile(view, compiler)) {
      Object value = valueOf(feature, past, asOfMs);
      row.setBoxed(feature.index(), value == null ? feature.defaultValue() : value);
    }
    return row;
  }

  private static boolean isPastTtl(FeatureView view, List<Event> past, long asOfMs) {
    if (past.isEmpty() || view.ttl().isEmpty()) {
      return false;
    }
    long ageMs = asOfMs - past.get(past.size() - 1).timeMs();
    return ageMs > view.ttl().get().toMillis();
  }

  private static Object valueOf(CompiledFeature feature, List<Event> past, long asOfMs) {
    List<Object> inputs = new ArrayList<>();
    for (Event event : past) {
      boolean admitted = feature.where().isEmpty() || feature.where().get().admits(event.values());
      if (admitted && isInWindow(feature.window(), event.timeMs(), asOfMs)) {
        Object input = feature.input().isEmpty() ? "any" : read(feature.input().get(), event);
        if (input != null) {
          inputs.add(input);
        }
      }
    }
    return switch (feature.aggregation()) {
      case COUNT -> (long) inputs.size();
      case SUM -> sum(inputs);
      case AVG -> mean(inputs);
      case MIN -> extreme(inputs, NaiveAggregator::compare);
      case MAX -> extreme(inputs, (a, b) -> compare(b, a));
      case LAST -> inputs.isEmpty() ? null : inputs.get(inputs.size() - 1);
      default -> throw new UnsupportedOperationException(feature.aggregation().word());
    };
  }

  /** {@code [t - length, t)}, the tail moved back to a multiple of the resolution. */
  private static boolean isInWindow(WindowSpec window, long timeMs, long asOfMs) {
    if (window.kind() == WindowSpec.Kind.LIFETIME) {
      return true;
    }
    long tailMs = asOfMs - window.lengthMs();
    return timeMs >= tailMs - Math.floorMod(tailMs, window.resolutionMs());
  }

  private static Object read(Expression input, Event event) {
    if (input.isNull(event.values())) {
      return null;
    }
    return switch (input.type()) {
      case INT64, TIMESTAMP -> (Object) input.longAt(event.values());
      case FLOAT64 -> input.doubleAt(event.values());
      case BOOL -> input.booleanAt(event.values());
      case STRING -> input.textAt(event.values());
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> input.objectAt(event.values());
    };
  }

  private static Object sum(List<Object> inputs) {
    if (inputs.isEmpty()) {
      return null;
    }
    if (inputs.get(0) instanceof Double) {
      return isAllFinite(inputs) ? exactSum(inputs).doubleValue() : notFiniteSum(inputs);
    }
    BigInteger sum = exactSum(inputs).toBigIntegerExact();
    boolean fits = sum.compareTo(LEAST_LONG) >= 0 && sum.compareTo(GREATEST_LONG) <= 0;
    return fits ? (Object) sum.longValueExact() : null;
  }

  private static Object mean(List<Object> inputs) {
    if (inputs.isEmpty()) {
      return null;
    }
    if (!isAllFinite(inputs)) {
      return notFiniteSum(inputs);
    }
    return exactSum(inputs).divide(BigDecimal.valueOf(inputs.size()), WIDE).doubleValue();
  }

  private static BigDecimal exactSum(List<Object> inputs) {
    BigDecimal sum = BigDecimal.ZERO;
    for (Object input : inputs) {
      sum =
          sum.add(
              input instanceof Double real
                  ? new BigDecimal(real)
                  : BigDecimal.valueOf((Long) input));
    }
    return sum;
  }

  private static boolean isAllFinite(List<Object> inputs) {
    return inputs.stream().allMatch(i -> !(i instanceof Double real) || Double.isFinite(real));
  }

  /** What IEEE 754 makes of a sum with a NaN or an infinity in it, whatever else there is. */
  private static double notFiniteSum(List<Object> inputs) {
    boolean up = inputs.contains(Double.POSITIVE_INFINITY);
    boolean down = inputs.contains(Double.NEGATIVE_INFINITY);
    boolean spoilt = inputs.contains(Double.NaN) || (up && down);
    return spoilt ? Double.NaN : up ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }

  private static Object extreme(List<Object> inputs, Comparator<Object> order) {
    return inputs.stream()
        .filter(input -> !(input instanceof Double real && real.isNaN()))
        .min(order)
        .orElse(null);
  }

  private static int compare(Object a, Object b) {
    if (a instanceof Double real) {
      return Double.compare(real, (Double) b);
    }
    if (a instanceof Boolean truth) {
      return Boolean.compare(truth, (Boolean) b);
    }
    return a instanceof Long number
        ? Long.compare(number, (Long) b)
        : compareCodePoints((String) a, (String) b);
  }

  private static int compareCodePoints(String a, String b) {
    int[] left = a.codePoints().toArray();
    int[] right = b.codePoints().toArray();
    return Arrays.compare(left, right);
  }
}
