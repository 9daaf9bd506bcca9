package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import java.util.List;

/**
 * Exponentially decayed sums and counts. Two columns: the time of the tile's newest event ({@link
 * Long#MIN_VALUE} for none), and the sum as of that time. Inputs that are not finite are passed
 * over, since they would never decay.
 */
final class Decays extends Accumulator {
  private final double halfLifeMs;
  private final boolean ofDoubles;

  /**
   * @param cell where the input lies, or -1 to count
   */
  Decays(int slot, int cell, int column, boolean ofDoubles, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.halfLifeMs = features.get(0).feature().parameters().halfLife().orElseThrow().toMillis();
    this.ofDoubles = ofDoubles;
  }

  @Override
  boolean isOfInstant() {
    return true;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + column) != Long.MIN_VALUE;
  }

  @Override
  void clear(byte[] state, int tile) {
    ViewState.putLong(state, tile + column, Long.MIN_VALUE);
    ViewState.putLong(state, tile + column + 8, 0);
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    double value =
        cell < 0
            ? 1
            : ofDoubles
                ? ViewState.doubleAt(contribution, cell)
                : ViewState.longAt(contribution, cell);
    if (Double.isFinite(value)) {
      include(state, tile, timeMs, value);
    }
    return state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    long timeMs = ViewState.longAt(state, other + column);
    if (timeMs != Long.MIN_VALUE) {
      include(state, tile, timeMs, ViewState.doubleAt(state, other + column + 8));
    }
    return state;
  }

  private void include(byte[] state, int tile, long timeMs, double value) {
    long newestMs = ViewState.longAt(state, tile + column);
    double held = ViewState.doubleAt(state, tile + column + 8);
    if (newestMs == Long.MIN_VALUE) {
      newestMs = timeMs;
      held = value;
    } else if (timeMs > newestMs) {
      held = decayed(held, timeMs - newestMs) + value;
      newestMs = timeMs;
    } else {
      held += decayed(value, newestMs - timeMs);
    }
    ViewState.putLong(state, tile + column, newestMs);
    ViewState.putDouble(state, tile + column + 8, held);
  }

  private double decayed(double value, long ageMs) {
    return value * Math.pow(2, -ageMs / halfLifeMs);
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    double sum = 0;
    boolean any = false;
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext()) {
        int tile = walk.next();
        if (holds(state, tile)) {
          any = true;
          long newestMs = ViewState.longAt(state, tile + column);
          sum += decayed(ViewState.doubleAt(state, tile + column + 8), asOfMs - newestMs);
        }
      }
      if (!any && output.aggregation() == Aggregation.DECAYED_SUM) {
        output.setNull(row);
      } else {
        row.setDouble(output.feature(), Double.isNaN(sum) ? Double.NaN : sum);
      }
    }
  }
}
