package io.millrace.feature.window;

import io.millrace.feature.FeatureView;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Row;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;

/**
 * The one engine: computes a view's values from its events, in stream, backfill, training set and
 * request alike. It holds no state of its own; the state of a key and view is one packed value that
 * the caller keeps. Immutable and thread-safe.
 *
 * <pre>
 * byte[] input = aggregator.contribution(event);           // near the source: columns become inputs
 * state = aggregator.add(state, event.timeMs(), event.position().order(), input);  // at the key
 * Values row = aggregator.valuesAt(state, asOfMs);
 * </pre>
 */
public final class ViewAggregator {
  /** The state of a key that was never seen. */
  public static final byte[] EMPTY = new byte[0];

  private ViewAggregator() {}

  /**
   * Compiles a view.
   *
   * @param events the schema of the view's source
   * @throws io.millrace.feature.expression.ExpressionException if an input or filter does not
   *     compile
   */
  public static ViewAggregator of(FeatureView view, RowSchema events) {
    throw new IllegalStateException("no engine");
  }

  public FeatureView view() {
    throw new IllegalStateException("no engine");
  }

  /** Reads the view's key from an event. */
  public KeyReader keys() {
    throw new IllegalStateException("no engine");
  }

  /** The names and types of the view's features, in their order; all nullable. */
  public RowSchema rowSchema() {
    throw new IllegalStateException("no engine");
  }

  /**
   * What an event brings to the view: its inputs and the outcome of its filters, packed. Evaluates
   * every expression once.
   */
  public byte[] contribution(Row event) {
    throw new IllegalStateException("no engine");
  }

  /**
   * Adds one event, in any order of time.
   *
   * @param state what {@link #add} returned last, or {@link #EMPTY}; it may be changed in place and
   *     must not be used again
   * @param order breaks ties of time, as {@link io.millrace.feature.Position#order()} does
   * @return the new state
   */
  public byte[] add(byte[] state, long timeMs, long order, byte[] contribution) {
    throw new IllegalStateException("no engine");
  }

  /**
   * The values as of an instant: of events strictly before it. With a ttl, the values of a key
   * whose last event is older than that are as of {@link #EMPTY}.
   *
   * @param asOfMs later than every event added, or else the view must be exact (no tiles)
   * @throws IllegalArgumentException if the answer would need to cut a tile, since it would
   *     otherwise see the future
   */
  public Values valuesAt(byte[] state, long asOfMs) {
    throw new IllegalStateException("no engine");
  }

  /**
   * The next instant after {@code asOfMs} at which a value changes because events leave a window,
   * with no new event; {@link Long#MAX_VALUE} if none does.
   */
  public long nextChangeAfter(byte[] state, long asOfMs) {
    throw new IllegalStateException("no engine");
  }

  /**
   * Drops what no window as of {@code asOfMs} or later sees. The values as of any later instant are
   * the same before and after.
   *
   * @return the smaller state, or {@link #EMPTY} if nothing is left to remember
   */
  public byte[] expire(byte[] state, long asOfMs) {
    throw new IllegalStateException("no engine");
  }

  /** The time of the last event added, or {@link Long#MIN_VALUE} for {@link #EMPTY}. */
  public long lastEventMs(byte[] state) {
    throw new IllegalStateException("no engine");
  }

  /** How many rows were made of this key; kept in the state so that it survives with it. */
  public long sequence(byte[] state) {
    throw new IllegalStateException("no engine");
  }

  /** Counts one more row; changes the state in place. */
  public void countRow(byte[] state) {
    throw new IllegalStateException("no engine");
  }
}
