package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Count and sum of each category. A tile keeps {@link #MOST} categories apart and counts the events
 * of further ones under {@link #OTHERS}. Written as a number of categories (4 bytes), and each as
 * its text, count (8), and the two doubles of its sum (16); in the order of code points.
 */
final class Categories implements Fold {
  /** More categories than this in one tile go together. */
  static final int MOST = 1_000;

  /** The category of those beyond {@link #MOST}. */
  static final String OTHERS = "*";

  private final Aggregation aggregation;
  private final TextTable names = new TextTable();
  private long[] counts = new long[8];

  /** Of those that count only, none. */
  private DoubleDouble[] sums = new DoubleDouble[8];

  Categories(Aggregation aggregation) {
    this.aggregation = aggregation;
  }

  @Override
  public boolean add(long timeMs, long order, Object value, String by) {
    byte[] category = categoryOf(value, by);
    boolean isFull = names.size() >= MOST && names.find(category, 0, category.length) < 0;
    count(isFull ? bytesOf(OTHERS) : category, value);
    return true;
  }

  /** A tile that is full took the event under {@link #OTHERS}; one with room did not. */
  @Override
  public boolean addAs(Fold tile, long timeMs, long order, Object value, String by) {
    byte[] category = categoryOf(value, by);
    boolean isApart = ((Categories) tile).names.find(category, 0, category.length) >= 0;
    count(isApart ? category : bytesOf(OTHERS), value);
    return true;
  }

  private byte[] categoryOf(Object value, String by) {
    return bytesOf(isOfCounts() ? value.toString() : by);
  }

  private static byte[] bytesOf(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private boolean isOfCounts() {
    return aggregation == Aggregation.COUNT_BY;
  }

  private void count(byte[] category, Object value) {
    int number = roomFor(names.include(category, 0, category.length));
    counts[number]++;
    if (!isOfCounts()) {
      sums[number].add(((Number) value).doubleValue());
    }
  }

  private int roomFor(int number) {
    if (number == counts.length) {
      counts = Arrays.copyOf(counts, 2 * number);
      sums = Arrays.copyOf(sums, 2 * number);
    }
    if (!isOfCounts() && sums[number] == null) {
      sums[number] = new DoubleDouble();
    }
    return number;
  }

  @Override
  public void merge(FoldReader other) {
    int size = other.readInt();
    for (int i = 0; i < size; i++) {
      int number = roomFor(other.readText(names));
      counts[number] += other.readLong();
      double high = other.readDouble();
      double low = other.readDouble();
      if (!isOfCounts()) {
        sums[number].add(high, low);
      }
    }
  }

  @Override
  public void write(FoldWriter out) {
    out.writeInt(names.size());
    for (int number : names.inOrder()) {
      names.write(number, out);
      out.writeLong(counts[number]);
      out.writeDouble(isOfCounts() ? 0 : sums[number].high());
      out.writeDouble(isOfCounts() ? 0 : sums[number].low());
    }
  }

  @Override
  public void set(Output output, Values row) {
    if (names.size() == 0 && !isOfCounts()) {
      output.setNull(row);
      return;
    }
    List<Integer> most =
        IntStream.range(0, names.size())
            .boxed()
            .sorted(
                Comparator.comparingLong((Integer number) -> -counts[number])
                    .thenComparing(names::compare))
            .limit(output.parameters().k())
            .toList();
    Map<String, Double> value = new LinkedHashMap<>();
    for (int number : most) {
      value.put(
          names.text(number),
          switch (output.aggregation()) {
            case COUNT_BY -> (double) counts[number];
            case SUM_BY -> sums[number].value();
            default -> sums[number].dividedBy(counts[number]);
          });
    }
    row.setMap(output.feature(), value);
  }
}
