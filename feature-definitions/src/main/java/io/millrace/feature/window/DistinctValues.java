package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.TreeSet;
import org.apache.datasketches.cpc.CpcSketch;
import org.apache.datasketches.cpc.CpcUnion;
import org.apache.datasketches.memory.Memory;

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
  public void add(long timeMs, long order, Object value, String by) {
    include(value instanceof Double number ? Double.toString(number + 0.0) : value.toString());
  }

  private void include(String text) {
    if (sketch != null) {
      // A sketch passes over the empty text.
      sketch.update(text.isEmpty() ? "\0" : text);
      return;
    }
    values.add(text);
    if (values.size() > exactUpTo) {
      TreeSet<String> all = values;
      values = new TreeSet<>();
      sketch = new CpcSketch(LG_K);
      all.forEach(this::include);
    }
  }

  @Override
  public void merge(Fold other) {
    DistinctValues that = (DistinctValues) other;
    if (that.sketch == null) {
      that.values.forEach(this::include);
      return;
    }
    CpcUnion union = new CpcUnion(LG_K);
    union.update(that.sketch);
    if (sketch != null) {
      union.update(sketch);
    }
    sketch = union.getResult();
    TreeSet<String> own = values;
    values = new TreeSet<>();
    own.forEach(this::include);
  }

  @Override
  public void write(DataOutput out) throws IOException {
    if (sketch != null) {
      byte[] bytes = sketch.toByteArray();
      out.writeInt(-1);
      out.writeInt(bytes.length);
      out.write(bytes);
      return;
    }
    out.writeInt(values.size());
    for (String value : values) {
      Texts.write(value, out);
    }
  }

  @Override
  public void read(DataInput in) throws IOException {
    int size = in.readInt();
    if (size < 0) {
      byte[] bytes = new byte[in.readInt()];
      in.readFully(bytes);
      sketch = CpcSketch.heapify(Memory.wrap(bytes));
    }
    for (int i = 0; i < size; i++) {
      values.add(Texts.read(in));
    }
  }

  @Override
  public void set(Output output, Values row) {
    row.setLong(
        output.feature(), sketch == null ? values.size() : Math.round(sketch.getEstimate()));
  }
}
