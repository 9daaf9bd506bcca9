package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.ValueType;
import java.util.List;

/**
 * Some columns of a tile, as features share them.
 *
 * @param id what they keep of which events, in words; the same in every release that reads them
 * @param size how many there are
 * @param textColumn which of them refers to bytes among the texts, or -1
 */
record Columns(String id, int size, int textColumn) implements Comparable<Columns> {
  /** What a feature is computed from. Nothing else, so that a feature can be added or removed. */
  static Columns of(CompiledFeature feature) {
    AggregationParameters parameters = feature.feature().parameters();
    boolean ofText = feature.inputType() == ValueType.STRING;
    Aggregation aggregation = feature.aggregation();
    return switch (aggregation) {
      case COUNT -> new Columns("COUNT " + feature.source(), 1, -1);
      case SUM, AVG -> columns("SUM", feature, 3, -1);
      case MIN, MAX ->
          columns(
              aggregation.name(),
              feature,
              ofText || feature.inputType() == ValueType.FLOAT64 ? 1 : 2,
              ofText ? 0 : -1);
      case FIRST, LAST -> columns(aggregation.name(), feature, 3, ofText ? 2 : -1);
      case VAR_POP, VAR_SAMP, STDDEV_POP, STDDEV_SAMP -> columns("MOMENTS_2", feature, 3, -1);
      case SKEWNESS, KURTOSIS -> columns("MOMENTS_4", feature, 5, -1);
      case HISTOGRAM ->
          columns("HISTOGRAM " + parameters.bounds(), feature, parameters.bounds().size() + 1, -1);
      case TIME_SINCE_LAST, TIME_BETWEEN -> columns("GAPS", feature, 3, -1);
      case CHANGE -> columns("CHANGE", feature, 6, -1);
      case DECAYED_SUM, DECAYED_COUNT ->
          columns(aggregation.name() + " " + parameters.halfLife().orElseThrow(), feature, 2, -1);
      case FIRST_K, LAST_K, TOP_K, BOTTOM_K, COUNT_DISTINCT ->
          columns(aggregation.name() + " " + parameters.k(), feature, 1, 0);
      case QUANTILE, QUANTILES -> columns("QUANTILES", feature, 1, 0);
      case FREQUENT_ITEMS, IS_NEW, COUNT_BY -> columns(aggregation.name(), feature, 1, 0);
      case SUM_BY, AVG_BY -> columns("SUM_BY", feature, 1, 0);
      case VECTOR_SUM, VECTOR_AVG -> columns("VECTOR_SUM", feature, 1, 0);
      case VECTOR_MIN, VECTOR_MAX -> columns(aggregation.name(), feature, 1, 0);
      case RATIO -> throw new IllegalArgumentException("a ratio keeps nothing");
    };
  }

  private static Columns columns(String kept, CompiledFeature feature, int size, int textColumn) {
    return new Columns(
        kept + " of " + feature.inputType() + " " + feature.source(), size, textColumn);
  }

  /**
   * What the 64 bits of a column stand for, see {@link PackedColumn}: a hint, that packs better.
   */
  int viewOf(int column) {
    if (id.startsWith("MIN of FLOAT64")) {
      return PackedColumn.RANKS;
    }
    if (id.startsWith("MAX of FLOAT64")) {
      return PackedColumn.COMPLEMENTS;
    }
    boolean isDouble =
        id.startsWith("MOMENTS_")
            || (id.startsWith("SUM of FLOAT64") && column < 2)
            || (id.startsWith("DECAYED_") && column == 1)
            || ((id.startsWith("FIRST of FLOAT64") || id.startsWith("LAST of FLOAT64"))
                && column == 2)
            || (id.startsWith("CHANGE of FLOAT64") && column % 3 == 2);
    return isDouble ? PackedColumn.DOUBLES : PackedColumn.LONGS;
  }

  /**
   * Who keeps them.
   *
   * @param column where the first lies in a tile, in bytes
   * @param features those that are computed from them
   */
  static Accumulator accumulator(
      int column, Contributions contributions, List<CompiledFeature> features) {
    CompiledFeature example = features.get(0);
    int slot = contributions.slot(example);
    int cell = contributions.cell(example);
    boolean ofDoubles = example.inputType() == ValueType.FLOAT64;
    return switch (example.aggregation()) {
      case COUNT -> new Counts(slot, column, features);
      case RATIO -> throw new IllegalArgumentException(example.aggregation().word());
      case SUM, AVG ->
          ofDoubles
              ? new DoubleSums(slot, cell, column, features)
              : new LongSums(slot, cell, column, features);
      case FIRST, LAST -> new Ends(slot, cell, column, features);
      case MIN, MAX ->
          example.inputType() == ValueType.STRING
              ? new TextExtremes(slot, cell, column, features)
              : ofDoubles
                  ? Extremes.ofDoubles(slot, cell, column, features)
                  : Extremes.ofLongs(slot, cell, column, features);
      case VAR_POP, VAR_SAMP, STDDEV_POP, STDDEV_SAMP ->
          new Moments(slot, cell, column, false, ofDoubles, features);
      case SKEWNESS, KURTOSIS -> new Moments(slot, cell, column, true, ofDoubles, features);
      case HISTOGRAM -> new Histograms(slot, cell, column, ofDoubles, features);
      case TIME_SINCE_LAST, TIME_BETWEEN -> new Gaps(slot, column, features);
      case CHANGE -> new Changes(slot, cell, column, features);
      case DECAYED_SUM -> new Decays(slot, cell, column, ofDoubles, features);
      case DECAYED_COUNT -> new Decays(slot, -1, column, ofDoubles, features);
      default -> new Folds(slot, cell, contributions.byCell(example), column, features);
    };
  }

  @Override
  public int compareTo(Columns other) {
    return id.compareTo(other.id);
  }
}
