package io.millrace.feature.window;

import io.millrace.feature.Event;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The specification as code: every value from a scan of every event, nothing kept. The oracle of
 * the tests and of {@code millrace parity}; too slow for anything else.
 */
public final class NaiveAggregator {
  private NaiveAggregator() {}

  /**
   * The view's values as of an instant from all events of one key, in any order.
   *
   * @param schema the schema of the events
   */
  public static Values valuesAt(
      FeatureView view, RowSchema schema, List<Event> eventsOfKey, long asOfMs) {
    List<Event> before =
        eventsOfKey.stream()
            .filter(event -> event.timeMs() < asOfMs)
            .sorted(Comparator.comparingLong(Event::timeMs).thenComparing(Event::position))
            .toList();
    boolean pastTtl =
        !before.isEmpty()
            && view.ttl().isPresent()
            && before.get(before.size() - 1).timeMs() < asOfMs - view.ttl().get().toMillis();
    Values values = new Values(view.features().size());
    for (int i = 0; i < view.features().size(); i++) {
      Feature feature = view.features().get(i);
      values.setBoxed(i, valueOf(feature, schema, pastTtl ? List.of() : before, asOfMs));
    }
    return values;
  }

  private static Object valueOf(
      Feature feature, RowSchema schema, List<Event> before, long asOfMs) {
    Optional<Expression> where = feature.where().map(text -> Expressions.compile(text, schema));
    List<Event> admitted =
        before.stream()
            .filter(event -> isInWindow(feature.window(), event.timeMs(), asOfMs))
            .filter(event -> where.isEmpty() || where.get().admits(event.values()))
            .toList();
    if (feature.input().equals("*")) {
      return (long) admitted.size();
    }
    Expression input = Expressions.compile(feature.input(), schema);
    List<Object> inputs =
        admitted.stream()
            .filter(event -> !input.isNull(event.values()))
            .map(event -> read(input, event))
            .toList();
    Object value = aggregate(feature, input.type(), inputs);
    if (value == null && feature.defaultValue().isPresent()) {
      return ViewAggregator.defaultOf(
          feature, ViewAggregator.outputType(feature.aggregation(), input.type()));
    }
    return value;
  }

  /** {@code [t - length, t)}, the tail floored to the resolution. */
  private static boolean isInWindow(WindowSpec window, long timeMs, long asOfMs) {
    if (window.kind() == WindowSpec.Kind.LIFETIME) {
      return true;
    }
    long tail = asOfMs - window.lengthMs();
    return timeMs >= tail - Math.floorMod(tail, window.resolutionMs());
  }

  private static Object read(Expression input, Event event) {
    return switch (input.type()) {
      case INT64, TIMESTAMP -> (Object) input.longAt(event.values());
      case FLOAT64 -> input.doubleAt(event.values());
      case BOOL -> input.booleanAt(event.values());
      case STRING -> input.textAt(event.values());
    };
  }

  private static Object aggregate(Feature feature, ValueType type, List<Object> inputs) {
    boolean real = type == ValueType.FLOAT64;
    return switch (feature.aggregation()) {
      case COUNT -> (long) inputs.size();
      case LAST -> inputs.isEmpty() ? null : inputs.get(inputs.size() - 1);
      case MIN -> real ? smallest(inputs, 1) : extreme(inputs, 1);
      case MAX -> real ? smallest(inputs, -1) : extreme(inputs, -1);
      case SUM -> {
        if (inputs.isEmpty()) {
          yield null;
        }
        if (real) {
          yield realSum(inputs);
        }
        BigInteger sum = integerSum(inputs);
        yield sum.bitLength() < 64 ? (Object) sum.longValueExact() : null;
      }
      case AVG -> {
        if (inputs.isEmpty()) {
          yield null;
        }
        yield (real ? realSum(inputs) : integerSum(inputs).doubleValue()) / inputs.size();
      }
    };
  }

  private static Object extreme(List<Object> inputs, int sign) {
    return inputs.stream()
        .map(value -> (Long) value)
        .min((a, b) -> sign * Long.compare(a, b))
        .orElse(null);
  }

  private static Object smallest(List<Object> inputs, int sign) {
    return inputs.stream()
        .map(value -> (Double) value)
        .filter(value -> !value.isNaN())
        .min((a, b) -> sign * Double.compare(a, b))
        .orElse(null);
  }

  private static BigInteger integerSum(List<Object> inputs) {
    return inputs.stream()
        .map(value -> BigInteger.valueOf((Long) value))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  /** Exact, rounded once; with a NaN or an infinity in it, what IEEE 754 makes of them. */
  private static double realSum(List<Object> inputs) {
    double plain =
        inputs.stream().mapToDouble(value -> (Double) value).filter(v -> !Double.isFinite(v)).sum();
    boolean finite = inputs.stream().allMatch(value -> Double.isFinite((Double) value));
    if (!finite) {
      return plain;
    }
    return inputs.stream()
        .map(value -> new BigDecimal((Double) value))
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .doubleValue();
  }
}
