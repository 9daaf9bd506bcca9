package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import org.apache.datasketches.kll.KllDoublesSketch;
import org.apache.datasketches.memory.Memory;
import org.apache.datasketches.quantilescommon.QuantileSearchCriteria;

/**
 * Quantiles by a KLL sketch with k = 200: the value at rank r is the smallest of which a share of r
 * or more is no larger. NaN is passed over. Written as a length (4 bytes) and the sketch.
 *
 * @see <a href="https://arxiv.org/abs/1603.05346">Karnin, Lang, Liberty: Optimal Quantile
 *     Approximation in Streams</a>
 */
final class Quantiles implements Fold {
  private KllDoublesSketch sketch = KllDoublesSketch.newHeapInstance();

  @Override
  public void add(long timeMs, long order, Object value, String by) {
    double number = ((Number) value).doubleValue();
    if (!Double.isNaN(number)) {
      sketch.update(number);
    }
  }

  @Override
  public void merge(Fold other) {
    sketch.merge(((Quantiles) other).sketch);
  }

  @Override
  public void write(DataOutput out) throws IOException {
    byte[] bytes = sketch.toByteArray();
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  @Override
  public void read(DataInput in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    sketch = KllDoublesSketch.heapify(Memory.wrap(bytes));
  }

  @Override
  public void set(Output output, Values row) {
    if (sketch.isEmpty()) {
      output.setNull(row);
      return;
    }
    List<Double> quantiles = output.parameters().at().stream().map(this::at).toList();
    if (output.aggregation() == Aggregation.QUANTILE) {
      row.setDouble(output.feature(), quantiles.get(0));
    } else {
      row.setList(output.feature(), quantiles);
    }
  }

  private double at(double rank) {
    return sketch.getQuantile(rank, QuantileSearchCriteria.INCLUSIVE);
  }
}
