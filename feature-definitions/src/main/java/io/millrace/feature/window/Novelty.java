package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether the last value did not occur before. Written as a number of values (4 bytes), each as its
 * text and whether it occurred twice (1), then time, order (16) and text of the last one.
 */
final class Novelty implements Fold {
  private final Map<String, Boolean> repeated = new TreeMap<>();
  private long lastMs = Long.MIN_VALUE;
  private long lastOrder;
  private String last = "";

  @Override
  public void add(long timeMs, long order, Object value, String by) {
    String text = value instanceof Double number ? Double.toString(number + 0.0) : value.toString();
    repeated.merge(text, false, (before, now) -> true);
    takeLast(timeMs, order, text);
  }

  private void takeLast(long timeMs, long order, String text) {
    if (lastMs == Long.MIN_VALUE
        || timeMs > lastMs
        || (timeMs == lastMs && Long.compareUnsigned(order, lastOrder) >= 0)) {
      lastMs = timeMs;
      lastOrder = order;
      last = text;
    }
  }

  @Override
  public void merge(Fold other) {
    Novelty that = (Novelty) other;
    that.repeated.forEach((text, twice) -> repeated.merge(text, twice, (a, b) -> true));
    if (that.lastMs != Long.MIN_VALUE) {
      takeLast(that.lastMs, that.lastOrder, that.last);
    }
  }

  @Override
  public void write(DataOutput out) throws IOException {
    out.writeInt(repeated.size());
    for (Map.Entry<String, Boolean> value : repeated.entrySet()) {
      Texts.write(value.getKey(), out);
      out.writeBoolean(value.getValue());
    }
    out.writeLong(lastMs);
    out.writeLong(lastOrder);
    Texts.write(last, out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    int size = in.readInt();
    for (int i = 0; i < size; i++) {
      repeated.put(Texts.read(in), in.readBoolean());
    }
    lastMs = in.readLong();
    lastOrder = in.readLong();
    last = Texts.read(in);
  }

  @Override
  public void set(Output output, Values row) {
    if (lastMs == Long.MIN_VALUE) {
      output.setNull(row);
    } else {
      row.setBoolean(output.feature(), !repeated.get(last));
    }
  }
}
