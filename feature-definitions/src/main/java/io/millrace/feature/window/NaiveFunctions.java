package io.millrace.feature.window;

import io.millrace.feature.AggregationParameters;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The functions of {@link NaiveAggregator}, each from all of its inputs by the definition. */
final class NaiveFunctions {
  /**
   * One event that is in the window.
   *
   * @param by the category, or anything
   */
  record Input(long timeMs, Object value, Object by) {}

  /**
   * More digits than sums of doubles of common sizes have, so that these are not rounded before
   * they are rounded to a double: rounding a tie twice may go wrong.
   */
  private static final MathContext WIDE = new MathContext(200, RoundingMode.HALF_EVEN);

  /** Two of these add up to a long. */
  private static final long SMALL = Long.MAX_VALUE / 2;

  private static final BigInteger LEAST_LONG = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger GREATEST_LONG = BigInteger.valueOf(Long.MAX_VALUE);

  private NaiveFunctions() {}

  /**
   * @param window the inputs in the total order of their events
   */
  static Object valueOf(CompiledFeature feature, List<Input> window, long asOfMs) {
    AggregationParameters parameters = feature.feature().parameters();
    List<Object> inputs = new ArrayList<>();
    window.forEach(input -> inputs.add(input.value()));
    int size = inputs.size();
    return switch (feature.aggregation()) {
      case COUNT -> (long) size;
      case SUM -> sum(inputs);
      case AVG -> mean(inputs);
      case MIN -> extreme(inputs, NaiveFunctions::compare);
      case MAX -> extreme(inputs, (a, b) -> compare(b, a));
      case FIRST -> size == 0 ? null : inputs.get(0);
      case LAST -> size == 0 ? null : inputs.get(size - 1);
      case VAR_POP -> size == 0 ? null : moment(inputs, 2);
      case STDDEV_POP -> size == 0 ? null : (Object) Math.sqrt(moment(inputs, 2));
      case VAR_SAMP -> size < 2 ? null : (Object) (moment(inputs, 2) * size / (size - 1));
      case STDDEV_SAMP ->
          size < 2 ? null : (Object) Math.sqrt(moment(inputs, 2) * size / (size - 1));
      case SKEWNESS ->
          size == 0 || moment(inputs, 2) == 0
              ? null
              : (Object) (moment(inputs, 3) / Math.pow(moment(inputs, 2), 1.5));
      case KURTOSIS ->
          size == 0 || moment(inputs, 2) == 0
              ? null
              : (Object) (moment(inputs, 4) / Math.pow(moment(inputs, 2), 2) - 3);
      case FIRST_K -> nullIfEmpty(inputs.subList(0, Math.min(parameters.k(), size)));
      case LAST_K -> nullIfEmpty(inputs.subList(Math.max(0, size - parameters.k()), size));
      case TOP_K -> best(inputs, (a, b) -> compare(b, a), parameters.k());
      case BOTTOM_K -> best(inputs, NaiveFunctions::compare, parameters.k());
      case COUNT_DISTINCT -> (long) distinct(inputs).size();
      case QUANTILE -> {
        List<Object> quantiles = quantiles(inputs, parameters.at());
        yield quantiles == null ? null : quantiles.get(0);
      }
      case QUANTILES -> quantiles(inputs, parameters.at());
      case FREQUENT_ITEMS -> nullIfEmpty(mostFrequent(inputs, parameters.k()));
      case COUNT_BY, SUM_BY, AVG_BY -> byCategory(feature, window);
      case HISTOGRAM -> histogram(inputs, parameters.bounds());
      case RATIO -> throw new IllegalArgumentException("a ratio has no inputs");
      case TIME_SINCE_LAST -> size == 0 ? null : (Object) (asOfMs - window.get(size - 1).timeMs());
      case TIME_BETWEEN ->
          size < 2
              ? null
              : (Object)
                  ((double) (window.get(size - 1).timeMs() - window.get(0).timeMs()) / (size - 1));
      case CHANGE -> size < 2 ? null : difference(inputs.get(size - 1), inputs.get(size - 2));
      case DECAYED_SUM, DECAYED_COUNT -> decayed(feature, window, asOfMs);
      case VECTOR_SUM, VECTOR_AVG, VECTOR_MIN, VECTOR_MAX -> vector(feature, inputs);
      case IS_NEW ->
          size == 0
              ? null
              : (Object)
                  !distinct(inputs.subList(0, size - 1)).contains(canonical(inputs.get(size - 1)));
    };
  }

  private static Object nullIfEmpty(List<Object> values) {
    return values.isEmpty() ? null : List.copyOf(values);
  }

  private static Object best(List<Object> inputs, Comparator<Object> order, int k) {
    return nullIfEmpty(
        inputs.stream()
            .filter(input -> !(input instanceof Double real && real.isNaN()))
            .sorted(order)
            .limit(k)
            .toList());
  }

  /** The central moment, from the exact mean. */
  private static double moment(List<Object> inputs, int power) {
    if (!isAllFinite(inputs)) {
      return Double.NaN;
    }
    // Of n times each deviation, which needs no rounding.
    BigDecimal size = BigDecimal.valueOf(inputs.size());
    BigDecimal total = exactSum(inputs);
    BigDecimal sum = BigDecimal.ZERO;
    for (Object input : inputs) {
      sum = sum.add(exact(input).multiply(size).subtract(total).pow(power));
    }
    return sum.divide(size.pow(power + 1), WIDE).doubleValue();
  }

  private static Set<Object> distinct(List<Object> inputs) {
    Set<Object> distinct = new HashSet<>();
    inputs.forEach(input -> distinct.add(canonical(input)));
    return distinct;
  }

  /** One of all that count as the same: 0.0 and -0.0, all NaN. */
  static Object canonical(Object value) {
    return value instanceof Double real ? (Object) (real + 0.0) : value;
  }

  private static List<Object> quantiles(List<Object> inputs, List<Double> ranks) {
    List<Object> sorted =
        inputs.stream()
            .map(input -> (Object) ((Number) input).doubleValue())
            .filter(input -> !((Double) input).isNaN())
            .sorted(NaiveFunctions::compare)
            .toList();
    if (sorted.isEmpty()) {
      return null;
    }
    List<Object> quantiles = new ArrayList<>();
    for (double rank : ranks) {
      // The smallest of which a share of rank or more is no larger.
      int at = (int) Math.ceil(rank * sorted.size()) - 1;
      quantiles.add(sorted.get(Math.max(0, at)));
    }
    return quantiles;
  }

  private static List<Object> mostFrequent(List<Object> inputs, int k) {
    Map<String, Integer> counts = new HashMap<>();
    inputs.forEach(input -> counts.merge(input.toString(), 1, Integer::sum));
    List<Object> items = new ArrayList<>(counts.keySet());
    items.sort(
        Comparator.comparingInt(item -> -counts.get(item)).thenComparing(NaiveFunctions::compare));
    return items.subList(0, Math.min(k, items.size()));
  }

  private static Object byCategory(CompiledFeature feature, List<Input> window) {
    boolean isCount = feature.by().isEmpty();
    Map<String, List<Object>> values = new HashMap<>();
    for (Input input : window) {
      String category = (isCount ? input.value() : input.by()).toString();
      values.computeIfAbsent(category, c -> new ArrayList<>()).add(input.value());
    }
    if (values.isEmpty() && !isCount) {
      return null;
    }
    List<String> most = new ArrayList<>(values.keySet());
    most.sort(
        Comparator.comparingInt((String category) -> -values.get(category).size())
            .thenComparing(NaiveFunctions::compareCodePoints));
    Map<String, Double> value = new TreeMap<>();
    for (String category :
        most.subList(0, Math.min(feature.feature().parameters().k(), most.size()))) {
      List<Object> inputs = values.get(category);
      value.put(
          category,
          switch (feature.aggregation()) {
            case COUNT_BY -> (double) inputs.size();
            case SUM_BY -> sumAsDouble(inputs);
            default ->
                (Double)
                    mean(inputs.stream().map(i -> (Object) ((Number) i).doubleValue()).toList());
          });
    }
    return Collections.unmodifiableMap(value);
  }

  private static double sumAsDouble(List<Object> inputs) {
    List<Object> doubles = new ArrayList<>();
    inputs.forEach(input -> doubles.add(((Number) input).doubleValue()));
    return (Double) sum(doubles);
  }

  private static Object histogram(List<Object> inputs, List<Double> bounds) {
    Long[] counts = new Long[bounds.size() + 1];
    Arrays.fill(counts, 0L);
    for (Object input : inputs) {
      boolean isNan = input instanceof Double real && real.isNaN();
      if (!isNan) {
        int bin = 0;
        for (double bound : bounds) {
          bin += isBelow(input, bound) ? 0 : 1;
        }
        counts[bin]++;
      }
    }
    return List.of(counts);
  }

  private static boolean isBelow(Object input, double bound) {
    if (input instanceof Double real) {
      return real < bound;
    }
    return exact(input).compareTo(new BigDecimal(bound)) < 0;
  }

  private static Object difference(Object last, Object before) {
    if (last instanceof Double real) {
      return real - (Double) before;
    }
    BigInteger difference =
        BigInteger.valueOf((Long) last).subtract(BigInteger.valueOf((Long) before));
    return longOrNull(difference);
  }

  private static Object longOrNull(BigInteger number) {
    boolean fits = number.compareTo(LEAST_LONG) >= 0 && number.compareTo(GREATEST_LONG) <= 0;
    return fits ? (Object) number.longValueExact() : null;
  }

  private static Object decayed(CompiledFeature feature, List<Input> window, long asOfMs) {
    double halfLifeMs = feature.feature().parameters().halfLife().orElseThrow().toMillis();
    boolean isCount = feature.aggregation() == io.millrace.feature.Aggregation.DECAYED_COUNT;
    double sum = 0;
    boolean any = isCount;
    for (Input input : window) {
      double value = isCount ? 1 : ((Number) input.value()).doubleValue();
      if (Double.isFinite(value)) {
        any = true;
        sum += value * Math.pow(2, -(asOfMs - input.timeMs()) / halfLifeMs);
      }
    }
    return any ? sum : null;
  }

  private static Object vector(CompiledFeature feature, List<Object> inputs) {
    if (inputs.isEmpty()) {
      return null;
    }
    List<Object> value = new ArrayList<>();
    for (int i = 0; i < feature.feature().parameters().k(); i++) {
      List<Object> elements = new ArrayList<>();
      for (Object input : inputs) {
        elements.add(((Number) ((List<?>) input).get(i)).doubleValue());
      }
      Object element =
          switch (feature.aggregation()) {
            case VECTOR_SUM -> sum(elements);
            case VECTOR_AVG -> mean(elements);
            case VECTOR_MIN -> extreme(elements, NaiveFunctions::compare);
            default -> extreme(elements, (a, b) -> compare(b, a));
          };
      value.add(element == null ? Double.NaN : element);
    }
    return value;
  }

  private static Object sum(List<Object> inputs) {
    if (inputs.isEmpty()) {
      return null;
    }
    if (inputs.get(0) instanceof Double) {
      return isAllFinite(inputs) ? exactSum(inputs).doubleValue() : notFiniteSum(inputs);
    }
    return longOrNull(exactSum(inputs).toBigIntegerExact());
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
    long small = 0;
    for (Object input : inputs) {
      // Whole numbers of common sizes add up in a long; before it overflows, the sum takes it.
      if (input instanceof Long whole && isSmall(whole) && isSmall(small)) {
        small += whole;
      } else {
        sum = sum.add(BigDecimal.valueOf(small)).add(exact(input));
        small = 0;
      }
    }
    return sum.add(BigDecimal.valueOf(small));
  }

  private static boolean isSmall(long number) {
    return number >= -SMALL && number <= SMALL;
  }

  private static BigDecimal exact(Object number) {
    return number instanceof Double real ? new BigDecimal(real) : BigDecimal.valueOf((Long) number);
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
