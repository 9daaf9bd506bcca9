package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Element-wise sum, mean, minimum or maximum of vectors of one length. MIN and MAX pass over NaN;
 * an element that was always NaN is NaN. Written as a count (8 bytes) and two doubles an element.
 */
final class Vectors implements Fold {
  private final Aggregation aggregation;
  private final DoubleDouble[] sums;
  private final double[] extremes;
  private long count;

  Vectors(Aggregation aggregation, int length) {
    this.aggregation = aggregation;
    boolean isSum = aggregation == Aggregation.VECTOR_SUM || aggregation == Aggregation.VECTOR_AVG;
    this.sums = new DoubleDouble[isSum ? length : 0];
    this.extremes = new double[isSum ? 0 : length];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = new DoubleDouble();
    }
    Arrays.fill(extremes, Double.NaN);
  }

  @Override
  public boolean add(long timeMs, long order, Object value, String by) {
    double[] vector = (double[]) value;
    count++;
    for (int i = 0; i < sums.length; i++) {
      sums[i].add(vector[i]);
    }
    for (int i = 0; i < extremes.length; i++) {
      extremes[i] = better(extremes[i], vector[i]);
    }
    return true;
  }

  private double better(double held, double value) {
    if (Double.isNaN(held) || Double.isNaN(value)) {
      return Double.isNaN(held) ? value : held;
    }
    return aggregation == Aggregation.VECTOR_MIN ? Math.min(held, value) : Math.max(held, value);
  }

  @Override
  public void merge(FoldReader other) {
    count += other.readLong();
    for (DoubleDouble sum : sums) {
      double high = other.readDouble();
      sum.add(high, other.readDouble());
    }
    for (int i = 0; i < extremes.length; i++) {
      extremes[i] = better(extremes[i], other.readDouble());
    }
  }

  @Override
  public void write(FoldWriter out) {
    out.writeLong(count);
    for (DoubleDouble sum : sums) {
      out.writeDouble(sum.high());
      out.writeDouble(sum.low());
    }
    for (double extreme : extremes) {
      out.writeDouble(extreme);
    }
  }

  @Override
  public void set(Output output, Values row) {
    if (count == 0) {
      output.setNull(row);
      return;
    }
    List<Double> value = new ArrayList<>();
    for (DoubleDouble sum : sums) {
      value.add(
          output.aggregation() == Aggregation.VECTOR_AVG ? sum.dividedBy(count) : sum.value());
    }
    for (double extreme : extremes) {
      value.add(extreme);
    }
    row.setList(output.feature(), value);
  }
}
