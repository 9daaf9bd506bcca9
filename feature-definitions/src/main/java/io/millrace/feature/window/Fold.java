package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What a function has seen of some events, on the heap: added to, merged, and written to the state
 * as bytes between. Of variable size. Not thread-safe.
 */
interface Fold {
  /**
   * @param value the input: Long (also of an instant), Double, Boolean, String or an array of
   *     double
   * @param by the category, or null if the function has none
   */
  void add(long timeMs, long order, Object value, String by);

  /** Adds what another fold of the same feature has seen; that one must not be used again. */
  void merge(Fold other);

  void write(DataOutput out) throws IOException;

  /** Replaces what was seen by what {@link #write} wrote. */
  void read(DataInput in) throws IOException;

  /** Sets a feature. */
  void set(Output output, Values row);
}
