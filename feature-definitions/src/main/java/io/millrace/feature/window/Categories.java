package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
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
  public void add(long timeMs, long order, Object value, String by) {
    boolean countsOnly = aggregation == Aggregation.COUNT_BY;
    String category = countsOnly ? value.toString() : by;
    boolean isFull = tallies.size() >= MOST && !tallies.containsKey(category);
    Tally tally = tallies.computeIfAbsent(isFull ? OTHERS : category, c -> new Tally());
    tally.count++;
    if (!countsOnly) {
      tally.sum.add(((Number) value).doubleValue());
    }
  }

  @Override
  public void merge(Fold other) {
    ((Categories) other)
        .tallies.forEach(
            (category, added) -> {
              Tally tally = tallies.computeIfAbsent(category, c -> new Tally());
              tally.count += added.count;
              tally.sum.add(added.sum.high(), added.sum.low());
            });
  }

  @Override
  public void write(DataOutput out) throws IOException {
    out.writeInt(tallies.size());
    for (Map.Entry<String, Tally> category : tallies.entrySet()) {
      Texts.write(category.getKey(), out);
      out.writeLong(category.getValue().count);
      out.writeDouble(category.getValue().sum.high());
      out.writeDouble(category.getValue().sum.low());
    }
  }

  @Override
  public void read(DataInput in) throws IOException {
    int size = in.readInt();
    for (int i = 0; i < size; i++) {
      Tally tally = new Tally();
      tallies.put(Texts.read(in), tally);
      tally.count = in.readLong();
      double high = in.readDouble();
      tally.sum.add(high, in.readDouble());
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
