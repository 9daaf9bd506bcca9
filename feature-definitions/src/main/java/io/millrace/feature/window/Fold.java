package io.millrace.feature.window;

import io.millrace.feature.Values;
import io.millrace.feature.window.Accumulator.Output;

/**
 * What a function has seen of some events, on the heap: added to, merged, and written to the state
 * as bytes between. Of variable size. Not thread-safe.
 */
interface Fold {
  /**
   * @param value the input: Long (also of an instant), Double, Boolean, String or an array of
   *     double
   * @param by the category, or null if the function has none
   * @return false if nothing changed
   */
  boolean add(long timeMs, long order, Object value, String by);

  /**
   * As {@link #add}, of an event that a tile took in, where this has seen that tile and others.
   *
   * @param tile with the event
   */
  default boolean addAs(Fold tile, long timeMs, long order, Object value, String by) {
    return add(timeMs, order, value, by);
  }

  /** Adds what another fold of the same feature has seen and wrote. */
  void merge(FoldReader other);

  void write(FoldWriter out);

  /** Sets a feature. */
  void set(Output output, Values row);
}
