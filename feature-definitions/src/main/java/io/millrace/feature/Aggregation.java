package io.millrace.feature;

import java.util.Locale;

/** A function of the events in a window. */
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
  /** The last non-null input in the total order of events; null of nothing. The input's type. */
  LAST;

  /** The word in a definition file. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
