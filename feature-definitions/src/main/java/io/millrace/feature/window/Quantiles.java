package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
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
  public boolean add(long timeMs, long order, Object value, String by) {
    double number = ((Number) value).doubleValue();
    if (Double.isNaN(number)) {
      return false;
    }
    sketch.update(number);
    return true;
  }

  @Override
  public void merge(FoldReader other) {
    Memory seen = other.readSketch();
    if (sketch.isEmpty()) {
      sketch = KllDoublesSketch.heapify(seen);
    } else {
      sketch.merge(KllDoublesSketch.wrap(seen));
    }
  }

  @Override
  public void write(FoldWriter out) {
    out.writeBytes(sketch.toByteArray());
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
