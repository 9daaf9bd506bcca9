package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.datasketches.common.ArrayOfStringsSerDe;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.ItemsSketch;
import org.apache.datasketches.frequencies.ItemsSketch.Row;

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
  public boolean add(long timeMs, long order, Object value, String by) {
    sketch.update(value.toString());
    return true;
  }

  @Override
  public void merge(FoldReader other) {
    ItemsSketch<String> seen =
        ItemsSketch.getInstance(other.readSketch(), new ArrayOfStringsSerDe());
    if (sketch.isEmpty()) {
      sketch = seen;
    } else {
      sketch.merge(seen);
    }
  }

  @Override
  public void write(FoldWriter out) {
    out.writeBytes(sketch.toByteArray(new ArrayOfStringsSerDe()));
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
