package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.datasketches.common.ArrayOfStringsSerDe;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.ItemsSketch;
import org.apache.datasketches.frequencies.ItemsSketch.Row;
import org.apache.datasketches.memory.Memory;

/**
 * The most frequent items by a sketch of 256 counters, three quarters of which are used: exact up
 * to 192 distinct items. Written as a length (4 bytes) and the sketch.
 *
 * @see <a href="https://datasketches.apache.org/docs/Frequency/FrequentItemsOverview.html">Frequent
 *     items</a>
 */
final class FrequentItems implements Fold {
  private static final int COUNTERS = 256;

  private ItemsSketch<String> sketch = new ItemsSketch<>(COUNTERS);

  @Override
  public void add(long timeMs, long order, Object value, String by) {
    sketch.update(value.toString());
  }

  @Override
  public void merge(Fold other) {
    sketch.merge(((FrequentItems) other).sketch);
  }

  @Override
  public void write(DataOutput out) throws IOException {
    byte[] bytes = sketch.toByteArray(new ArrayOfStringsSerDe());
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  @Override
  public void read(DataInput in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    sketch = ItemsSketch.getInstance(Memory.wrap(bytes), new ArrayOfStringsSerDe());
  }

  @Override
  public void set(Output output, Values row) {
    List<String> items =
        Arrays.stream(sketch.getFrequentItems(0, ErrorType.NO_FALSE_NEGATIVES))
            .sorted(
                Comparator.comparingLong((Row<String> item) -> -item.getEstimate())
                    .thenComparing(Row::getItem, CodePoints::compare))
            .limit(output.parameters().k())
            .map(Row::getItem)
            .toList();
    if (items.isEmpty()) {
      output.setNull(row);
    } else {
      row.setList(output.feature(), items);
    }
  }
}
