package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.nio.charset.StandardCharsets;
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
  private TextTable values = new TextTable();
  private CpcSketch sketch;

  DistinctValues(int exactUpTo) {
    this.exactUpTo = exactUpTo;
  }

  @Override
  public boolean add(long timeMs, long order, Object value, String by) {
    String text = value instanceof Double number ? Double.toString(number + 0.0) : value.toString();
    if (sketch != null) {
      update(text);
      return true;
    }
    int known = values.size();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    values.include(bytes, 0, bytes.length);
    boolean isNew = values.size() > known;
    bound();
    return isNew;
  }

  /** A sketch passes over the empty text. */
  private void update(String text) {
    sketch.update(text.isEmpty() ? "\0" : text);
  }

  private void bound() {
    if (values.size() > exactUpTo) {
      sketch = new CpcSketch(LG_K);
      updateByValues();
    }
  }

  /**
   * Puts the values into the sketch, in their order, so that it is the same whichever came first.
   */
  private void updateByValues() {
    for (int number : values.inOrder()) {
      update(values.text(number));
    }
    values = new TextTable();
  }

  @Override
  public void merge(FoldReader other) {
    int size = other.readInt();
    for (int i = 0; i < size; i++) {
      if (sketch == null) {
        other.readText(values);
        bound();
      } else {
        update(other.readText());
      }
    }
    if (size < 0) {
      merge(CpcSketch.heapify(other.readSketch()));
    }
  }

  private void merge(CpcSketch other) {
    if (sketch == null) {
      sketch = other;
    } else {
      CpcUnion union = new CpcUnion(LG_K);
      union.update(other);
      union.update(sketch);
      sketch = union.getResult();
    }
    updateByValues();
  }

  @Override
  public void write(FoldWriter out) {
    if (sketch != null) {
      out.writeInt(-1);
      out.writeBytes(sketch.toByteArray());
      return;
    }
    out.writeInt(values.size());
    for (int number : values.inOrder()) {
      values.write(number, out);
    }
  }

  @Override
  public void set(Output output, Values row) {
    row.setLong(
        output.feature(), sketch == null ? values.size() : Math.round(sketch.getEstimate()));
  }
}
