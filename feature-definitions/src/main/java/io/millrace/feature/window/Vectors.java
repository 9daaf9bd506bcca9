package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
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
    java.util.Arrays.fill(extremes, Double.NaN);
  }

  @Override
  public void add(long timeMs, long order, Object value, String by) {
    double[] vector = (double[]) value;
    count++;
    for (int i = 0; i < sums.length; i++) {
      sums[i].add(vector[i]);
    }
    for (int i = 0; i < extremes.length; i++) {
      extremes[i] = better(extremes[i], vector[i]);
    }
  }

  private double better(double held, double value) {
    if (Double.isNaN(held) || Double.isNaN(value)) {
      return Double.isNaN(held) ? value : held;
    }
    return aggregation == Aggregation.VECTOR_MIN ? Math.min(held, value) : Math.max(held, value);
  }

  @Override
  public void merge(Fold other) {
    Vectors that = (Vectors) other;
    count += that.count;
    for (int i = 0; i < sums.length; i++) {
      sums[i].add(that.sums[i].high(), that.sums[i].low());
    }
    for (int i = 0; i < extremes.length; i++) {
      extremes[i] = better(extremes[i], that.extremes[i]);
    }
  }

  @Override
  public void write(DataOutput out) throws IOException {
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
  public void read(DataInput in) throws IOException {
    count = in.readLong();
    for (DoubleDouble sum : sums) {
      double high = in.readDouble();
      sum.add(high, in.readDouble());
    }
    for (int i = 0; i < extremes.length; i++) {
      extremes[i] = in.readDouble();
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
