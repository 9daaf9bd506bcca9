package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
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
  public boolean add(long timeMs, long order, Object value, String by) {
    String text = value instanceof Double number ? Double.toString(number + 0.0) : value.toString();
    repeated.merge(text, false, (before, now) -> true);
    takeLast(timeMs, order, text);
    return true;
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
  public void write(FoldWriter out) {
    out.writeInt(repeated.size());
    for (Map.Entry<String, Boolean> value : repeated.entrySet()) {
      out.writeText(value.getKey());
      out.writeBoolean(value.getValue());
    }
    out.writeLong(lastMs);
    out.writeLong(lastOrder);
    out.writeText(last);
  }

  @Override
  public void merge(FoldReader other) {
    int size = other.readInt();
    for (int i = 0; i < size; i++) {
      repeated.merge(other.readText(), other.readBoolean(), (one, two) -> true);
    }
    long otherMs = other.readLong();
    long otherOrder = other.readLong();
    if (otherMs != Long.MIN_VALUE) {
      takeLast(otherMs, otherOrder, other.readText());
    }
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
