package io.millrace.feature;

import java.util.Locale;

/**
 * A function of the events in a window. "Of nothing" is of a window in which no event was admitted
 * with an input that is not null. What each needs beside its input is in {@link
 * AggregationParameters}.
 */
public enum Aggregation {
  /** How many events passed the filter; 0 of nothing. INT64. */
  COUNT,
  /** The sum of the non-null inputs; null of nothing. INT64 of INT64, else FLOAT64. */
  SUM,
  /** The mean of the non-null inputs; null of nothing. FLOAT64. */
  AVG,
  /** The smallest non-null input; null of nothing. The input's type. */
  MIN,
  /** The largest non-null input; null of nothing. The input's type. */
  MAX,
  /** The population variance, as SQL's VAR_POP; null of nothing. FLOAT64. */
  VAR_POP,
  /** The sample variance, as SQL's VAR_SAMP; null of fewer than two. FLOAT64. */
  VAR_SAMP,
  /** The square root of {@link #VAR_POP}. */
  STDDEV_POP,
  /** The square root of {@link #VAR_SAMP}. */
  STDDEV_SAMP,
  /** The population skewness, m3 / m2^1.5; null where all are equal, or of nothing. FLOAT64. */
  SKEWNESS,
  /**
   * The population excess kurtosis, m4 / m2^2 - 3; null where all are equal, or of nothing.
   * FLOAT64.
   */
  KURTOSIS,
  /** The first non-null input in the total order of events; null of nothing. The input's type. */
  FIRST,
  /** The last non-null input in the total order of events; null of nothing. The input's type. */
  LAST,
  /** The first k non-null inputs, the oldest first; null of nothing. A list. */
  FIRST_K,
  /** The last k non-null inputs, the oldest of them first; null of nothing. A list. */
  LAST_K,
  /**
   * The k largest non-null inputs, the largest first, with repetitions; null of nothing. A list.
   */
  TOP_K,
  /** The k smallest non-null inputs, the smallest first, with repetitions; null of nothing. */
  BOTTOM_K,
  /**
   * How many distinct non-null inputs; 0 of nothing. Exact up to k of them in a window, beyond it
   * the estimate of a CPC sketch of 2^11 rows (relative standard error about 1.5 %). INT64.
   */
  COUNT_DISTINCT,
  /**
   * The quantile at one rank, of a KLL sketch with k = 200 (rank error 1.33 % with 99 % confidence;
   * exact below 200 inputs); null of nothing. FLOAT64.
   */
  QUANTILE,
  /** The quantiles at several ranks; see {@link #QUANTILE}. FLOAT64_LIST. */
  QUANTILES,
  /**
   * The k most frequent inputs, the most frequent first, ties in the order of their text; null of
   * nothing. Exact up to 192 distinct inputs in a window, beyond it those of a frequent items
   * sketch. STRING_LIST.
   */
  FREQUENT_ITEMS,
  /**
   * How many events of each category, the input; the k most frequent. Empty of nothing.
   * FLOAT64_MAP.
   */
  COUNT_BY,
  /** The sum of the input of each category; the k most frequent; null of nothing. FLOAT64_MAP. */
  SUM_BY,
  /** The mean of the input of each category; the k most frequent; null of nothing. FLOAT64_MAP. */
  AVG_BY,
  /**
   * How many inputs lie below the first bound, in {@code [bound, next bound)}, and from the last
   * bound on; zeros of nothing. INT64_LIST of one more than the bounds.
   */
  HISTOGRAM,
  /** One feature of the view divided by another; null where one is null or the divisor 0. */
  RATIO,
  /** Milliseconds from the last event to t; null of nothing. INT64. It grows without an event. */
  TIME_SINCE_LAST,
  /** Mean milliseconds between events in succession; null of fewer than two. FLOAT64. */
  TIME_BETWEEN,
  /** The last input less the one before it; null of fewer than two. The input's type. */
  CHANGE,
  /**
   * The sum of the inputs, each times 2^(-age / half-life); null of nothing. FLOAT64. It falls
   * without an event.
   */
  DECAYED_SUM,
  /** How many events, each counting 2^(-age / half-life); 0 of nothing. FLOAT64. */
  DECAYED_COUNT,
  /** The sum of vectors of one length, element by element; null of nothing. FLOAT64_LIST. */
  VECTOR_SUM,
  /** The mean of vectors of one length, element by element; null of nothing. FLOAT64_LIST. */
  VECTOR_AVG,
  /** The smallest of each element of vectors of one length; null of nothing. FLOAT64_LIST. */
  VECTOR_MIN,
  /** The largest of each element of vectors of one length; null of nothing. FLOAT64_LIST. */
  VECTOR_MAX,
  /** Whether the last input did not occur before it in the window; null of nothing. BOOL. */
  IS_NEW;

  /** The word in a definition file. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
