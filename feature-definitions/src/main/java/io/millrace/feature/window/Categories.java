package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Count and sum of each category. A tile keeps {@link #MOST} categories apart and counts the events
 * of further ones under {@link #OTHERS}. Written as a number of categories (4 bytes), and each as
 * its text, count (8), and the two doubles of its sum (16).
 */
final class Categories implements Fold {
  /** More categories than this in one tile go together. */
  static final int MOST = 1_000;

  /** The category of those beyond {@link #MOST}. */
  static final String OTHERS = "*";

  /** What is known of a category. */
  private static final class Tally {
    long count;
    final DoubleDouble sum = new DoubleDouble();
  }

  private final Aggregation aggregation;
  private final Map<String, Tally> tallies = new TreeMap<>(CodePoints::compare);

  Categories(Aggregation aggregation) {
    this.aggregation = aggregation;
  }

  @Override
  public boolean add(long timeMs, long order, Object value, String by) {
    String category = categoryOf(value, by);
    boolean isFull = tallies.size() >= MOST && !tallies.containsKey(category);
    count(isFull ? OTHERS : category, value);
    return true;
  }

  /** A tile that is full took the event under {@link #OTHERS}; one with room did not. */
  @Override
  public boolean addAs(Fold tile, long timeMs, long order, Object value, String by) {
    String category = categoryOf(value, by);
    count(((Categories) tile).tallies.containsKey(category) ? category : OTHERS, value);
    return true;
  }

  private String categoryOf(Object value, String by) {
    return aggregation == Aggregation.COUNT_BY ? value.toString() : by;
  }

  private void count(String category, Object value) {
    Tally tally = tallies.computeIfAbsent(category, c -> new Tally());
    tally.count++;
    if (aggregation != Aggregation.COUNT_BY) {
      tally.sum.add(((Number) value).doubleValue());
    }
  }

  @Override
  public void write(FoldWriter out) {
    out.writeInt(tallies.size());
    for (Map.Entry<String, Tally> category : tallies.entrySet()) {
      out.writeText(category.getKey());
      out.writeLong(category.getValue().count);
      out.writeDouble(category.getValue().sum.high());
      out.writeDouble(category.getValue().sum.low());
    }
  }

  @Override
  public void merge(FoldReader other) {
    int size = other.readInt();
    for (int i = 0; i < size; i++) {
      Tally tally = tallies.computeIfAbsent(other.readText(), c -> new Tally());
      tally.count += other.readLong();
      double high = other.readDouble();
      tally.sum.add(high, other.readDouble());
    }
  }

  @Override
  public void set(Output output, Values row) {
    if (tallies.isEmpty() && aggregation != Aggregation.COUNT_BY) {
      output.setNull(row);
      return;
    }
    // The sort is stable, so ties stay in the order of their text.
    List<Map.Entry<String, Tally>> most =
        tallies.entrySet().stream()
            .sorted(Comparator.comparingLong(category -> -category.getValue().count))
            .limit(output.parameters().k())
            .toList();
    Map<String, Double> value = new LinkedHashMap<>();
    for (Map.Entry<String, Tally> category : most) {
      Tally tally = category.getValue();
      value.put(
          category.getKey(),
          switch (output.aggregation()) {
            case COUNT_BY -> (double) tally.count;
            case SUM_BY -> tally.sum.value();
            default -> tally.sum.dividedBy(tally.count);
          });
    }
    row.setMap(output.feature(), value);
  }
}
