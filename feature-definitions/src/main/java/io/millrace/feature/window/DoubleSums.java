package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import java.util.List;

/**
 * Sums and means of FLOAT64. Three columns, a double, the rounding error it left, and the count
 * (double-double, by Knuth's two-sum): about 106 bits, so that the order of the additions does not
 * show in the result but for the last bit in rare cases. NaN and infinities make the first column
 * so, and leave with their tile. A partial sum beyond the range of a double is infinite, even if
 * later inputs would have brought it back.
 *
 * <p>From row to row a window's sum runs along: what left is subtracted, what came is added. That
 * gives the same as adding all tiles only where no addition rounds, in whatever order. This is
 * known where all tiles are multiples of some 2^q and their magnitudes add up to less than some
 * 2^p: with n tiles, no part of a sum needs more than its 53 bits if p - q is 104 - log2(n) or less
 * (the high parts are below 2^p, their errors and the low parts below n 2^(p - 53), and all are
 * multiples of 2^q). Prices are so for billions of events; what is not is read anew.
 */
final class DoubleSums extends Accumulator {
  // Of a running sum: its two parts, the count, and what bounds its bits.
  private static final int LOW = 1;
  private static final int COUNT = 2;
  private static final int MAGNITUDE = 3;
  private static final int LOWEST_BIT = 4;

  /** A window of more tiles has no running sum: finding its bounds would look at each. */
  private static final int MOST_TILES = 512;

  /** After how many rows a sum that could not run is looked at again, in its tiles. */
  private static final int ROWS_APART = 512;

  /** How many bits two doubles hold without rounding, with some to spare. */
  private static final int BITS = 104;

  private final int countColumn;

  DoubleSums(int slot, int cell, int column, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.countColumn = column + 16;
  }

  @Override
  boolean holds(byte[] state, int tile) {
    return ViewState.longAt(state, tile + countColumn) != 0;
  }

  @Override
  void clear(byte[] state, int tile) {
    ViewState.putLong(state, tile + column, 0);
    ViewState.putLong(state, tile + column + 8, 0);
    ViewState.putLong(state, tile + countColumn, 0);
  }

  private void count(byte[] state, int tile, long added) {
    int at = tile + countColumn;
    ViewState.putLong(state, at, ViewState.longAt(state, at) + added);
  }

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    double value = ViewState.doubleAt(contribution, cell);
    double high = ViewState.doubleAt(state, tile + column);
    double sum = high + value;
    double error = 0;
    if (Double.isFinite(sum)) {
      error = DoubleDouble.errorOf(sum, high, value) + ViewState.doubleAt(state, tile + column + 8);
      double rounded = sum + error;
      error = Double.isFinite(rounded) ? DoubleDouble.errorOf(rounded, sum, error) : 0;
      sum = rounded;
    }
    ViewState.putDouble(state, tile + column, sum);
    ViewState.putDouble(state, tile + column + 8, error);
    count(state, tile, 1);
    return state;
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    DoubleDouble sum = new DoubleDouble();
    sum.add(ViewState.doubleAt(state, tile + column), ViewState.doubleAt(state, tile + column + 8));
    sum.add(
        ViewState.doubleAt(state, other + column), ViewState.doubleAt(state, other + column + 8));
    ViewState.putDouble(state, tile + column, sum.high());
    ViewState.putDouble(state, tile + column + 8, sum.low());
    count(state, tile, ViewState.longAt(state, other + countColumn));
    return state;
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    // Knuth's two-sum twice: each addition waits for one before it only, not for all its errors.
    double high = 0;
    double low = 0;
    double lowest = 0;
    long count = 0;
    int step = 0;
    for (Output output : group) {
      int end = walk.through(output);
      int[] places = walk.places();
      for (; step < end; step++) {
        int tile = places[step];
        count += ViewState.longAt(state, tile + countColumn);
        double addedHigh = ViewState.doubleAt(state, tile + column);
        double sum = high + addedHigh;
        double error = DoubleDouble.errorOf(sum, high, addedHigh);
        double lowSum = low + error;
        lowest += DoubleDouble.errorOf(lowSum, low, error);
        lowest += ViewState.doubleAt(state, tile + column + 8);
        high = sum;
        low = lowSum;
      }
      set(output, DoubleDouble.of(high, low, lowest), count, row);
    }
  }

  private static void set(Output output, DoubleDouble sum, long count, Values row) {
    if (count == 0) {
      output.setNull(row);
    } else {
      boolean isMean = output.aggregation() == Aggregation.AVG;
      row.setDouble(output.feature(), isMean ? sum.dividedBy(count) : sum.value());
    }
  }

  @Override
  int runningLongs() {
    return 5;
  }

  @Override
  boolean follow(byte[] state, TileWalk walk, byte[] event, Output[] group, Values row) {
    boolean isAdded = event != null && takes(event);
    long[] running = walk.running();
    int followed = -1;
    boolean areAll = true;
    for (Output output : group) {
      int at = output.runningAt;
      if (!isAdded && walk.left(output) == 0 && running[at + COUNT] >= 0) {
        continue; // as it was, since it does not round: nodes may lie otherwise
      }
      if (at != followed) {
        areAll &= follow(state, walk, isAdded ? event : null, output, running, at);
        followed = at;
      }
      if (areAll) {
        DoubleDouble sum =
            DoubleDouble.of(
                Double.longBitsToDouble(running[at]), Double.longBitsToDouble(running[at + LOW]));
        set(output, sum, running[at + COUNT], row);
      }
    }
    return areAll;
  }

  /** Whether a running sum is that of its window now. */
  private boolean follow(
      byte[] state, TileWalk walk, byte[] event, Output output, long[] running, int at) {
    int left = walk.left(output);
    int tiles = walk.to(output) - walk.from(output);
    if (left < 0) {
      running[at + COUNT] = Math.min(-1, running[at + COUNT]);
      return false;
    }
    if (running[at + COUNT] < 0) {
      return begin(state, walk, output, running, at);
    }
    double value = event == null ? 0 : ViewState.doubleAt(event, cell);
    double magnitude = Double.longBitsToDouble(running[at + MAGNITUDE]) + Math.abs(value);
    int lowestBit = Math.min((int) running[at + LOWEST_BIT], lowestBitOf(value));
    if (!isExact(magnitude, lowestBit, tiles + left)) {
      running[at + COUNT] = -1;
      return begin(state, walk, output, running, at);
    }
    DoubleDouble sum =
        DoubleDouble.of(
            Double.longBitsToDouble(running[at]), Double.longBitsToDouble(running[at + LOW]));
    long count = running[at + COUNT];
    int first = walk.firstLeft(output);
    for (int i = 0; i < left; i++) {
      int tile = first + i * walk.width();
      sum.add(
          -ViewState.doubleAt(state, tile + column), -ViewState.doubleAt(state, tile + column + 8));
      count -= ViewState.longAt(state, tile + countColumn);
    }
    if (event != null) {
      sum.add(value);
      count++;
    }
    keep(running, at, sum, count, magnitude, lowestBit);
    return true;
  }

  /** Adds all tiles of a window, if its sum may run from there. */
  private boolean begin(byte[] state, TileWalk walk, Output output, long[] running, int at) {
    int from = walk.from(output);
    int to = walk.to(output);
    long rowsToWait = -1 - running[at + COUNT];
    if (rowsToWait > 0 || to - from > MOST_TILES) {
      running[at + COUNT] = Math.min(-1, running[at + COUNT] + 1);
      return false;
    }
    double magnitude = 0;
    int lowestBit = Integer.MAX_VALUE;
    long count = 0;
    DoubleDouble sum = new DoubleDouble();
    for (int i = from; i < to; i++) {
      int tile = walk.placeOf(i);
      double high = ViewState.doubleAt(state, tile + column);
      double low = ViewState.doubleAt(state, tile + column + 8);
      magnitude += Math.abs(high) + Math.abs(low);
      lowestBit = Math.min(lowestBit, Math.min(lowestBitOf(high), lowestBitOf(low)));
      sum.add(high, low);
      count += ViewState.longAt(state, tile + countColumn);
    }
    if (!isExact(magnitude, lowestBit, to - from)) {
      running[at + COUNT] = -1 - ROWS_APART;
      return false;
    }
    keep(running, at, sum, count, magnitude, lowestBit);
    return true;
  }

  private static void keep(
      long[] running, int at, DoubleDouble sum, long count, double magnitude, int lowestBit) {
    running[at] = Double.doubleToRawLongBits(sum.high());
    running[at + LOW] = Double.doubleToRawLongBits(sum.low());
    running[at + COUNT] = count;
    running[at + MAGNITUDE] = Double.doubleToRawLongBits(magnitude);
    running[at + LOWEST_BIT] = lowestBit;
  }

  /** Whether no order of additions rounds; the magnitude itself may be a little too small. */
  private static boolean isExact(double magnitude, int lowestBit, int tiles) {
    // False of infinities and NaN, whose exponent is above all.
    int p = Math.getExponent(magnitude) + 2;
    int bitsOfTiles = Integer.SIZE - Integer.numberOfLeadingZeros(tiles);
    return p <= Double.MAX_EXPONENT && p - (long) lowestBit <= BITS - bitsOfTiles;
  }

  /** The power of two of the lowest bit that is set; the greatest int of zero. */
  private static int lowestBitOf(double value) {
    long bits = Double.doubleToRawLongBits(value);
    long fraction = bits & (1L << 52) - 1;
    int exponent = (int) (bits >>> 52) & 0x7FF;
    if (exponent > 0) {
      return exponent - 1_075 + Long.numberOfTrailingZeros(fraction | 1L << 52);
    }
    return fraction == 0 ? Integer.MAX_VALUE : Long.numberOfTrailingZeros(fraction) - 1_074;
  }
}
