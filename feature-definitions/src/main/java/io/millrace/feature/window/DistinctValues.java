package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.util.TreeSet;
import org.apache.datasketches.cpc.CpcSketch;
import org.apache.datasketches.cpc.CpcUnion;

/**
 * How many distinct values: the values themselves up to a bound, a CPC sketch beyond it. -0.0 is
 * 0.0, and all NaN are one value. Written as a number of values (4 bytes) and the texts that stand
 * for them, or as -1, a length and the sketch.
 *
 * @see <a href="https://datasketches.apache.org/docs/CPC/CpcPerformance.html">CPC</a>
 */
final class DistinctValues implements Fold {
  private static final int LG_K = 11;

  private final int exactUpTo;
  private TreeSet<String> values = new TreeSet<>();
  private CpcSketch sketch;

  DistinctValues(int exactUpTo) {
    this.exactUpTo = exactUpTo;
  }

  @Override
  public boolean add(long timeMs, long order, Object value, String by) {
    return include(
        value instanceof Double number ? Double.toString(number + 0.0) : value.toString());
  }

  /** Returns false if it is known to be there. */
  private boolean include(String text) {
    if (sketch != null) {
      // A sketch passes over the empty text.
      sketch.update(text.isEmpty() ? "\0" : text);
      return true;
    }
    boolean isNew = values.add(text);
    if (values.size() > exactUpTo) {
      sketch = new CpcSketch(LG_K);
      includeValues();
    }
    return isNew;
  }

  /** Puts the values into the sketch. */
  private void includeValues() {
    TreeSet<String> all = values;
    values = new TreeSet<>();
    all.forEach(this::include);
  }

  @Override
  public void merge(FoldReader other) {
    int size = other.readInt();
    for (int i = 0; i < size; i++) {
      include(other.readText());
    }
    if (size >= 0) {
      return;
    }
    CpcSketch seen = CpcSketch.heapify(other.readSketch());
    if (sketch != null) {
      CpcUnion union = new CpcUnion(LG_K);
      union.update(seen);
      union.update(sketch);
      seen = union.getResult();
    }
    sketch = seen;
    includeValues();
  }

  @Override
  public void write(FoldWriter out) {
    if (sketch != null) {
      out.writeInt(-1);
      out.writeBytes(sketch.toByteArray());
      return;
    }
    out.writeInt(values.size());
    for (String value : values) {
      out.writeText(value);
    }
  }

  @Override
  public void set(Output output, Values row) {
    row.setLong(
        output.feature(), sketch == null ? values.size() : Math.round(sketch.getEstimate()));
  }
}
