package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.List;

/**
 * Sums and means of INT64. Three columns, the low and the high half of a sum of 128 bits and the
 * count, which 2^64 longs do not overflow. A sum that is no long is null and reported; a mean
 * always exists.
 */
final class LongSums extends Accumulator {
  private static final long EXACT_AS_DOUBLE = 1L << 53;

  private final int countColumn;

  LongSums(int slot, int cell, int column, List<CompiledFeature> features) {
    super(slot, cell, column, features);
    this.countColumn = column + 16;
  }

  @Override
  boolean mayRound() {
    return false;
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

  @Override
  byte[] add(
      ViewState layout, byte[] state, int tile, long timeMs, long order, byte[] contribution) {
    long value = ViewState.longAt(contribution, cell);
    add(state, tile, value, value >> 63, 1);
    return state;
  }

  @Override
  void remove(byte[] state, int tile, byte[] contribution) {
    // The negative in 128 bits, also of the least long.
    long value = ViewState.longAt(contribution, cell);
    add(state, tile, -value, ~(value >> 63) + (value == 0 ? 1 : 0), -1);
  }

  @Override
  byte[] merge(ViewState layout, byte[] state, int tile, int other) {
    long low = ViewState.longAt(state, other + column);
    long count = ViewState.longAt(state, other + countColumn);
    add(state, tile, low, ViewState.longAt(state, other + column + 8), count);
    return state;
  }

  private void add(byte[] state, int tile, long addedLow, long addedHigh, long added) {
    long low = ViewState.longAt(state, tile + column) + addedLow;
    long high = ViewState.longAt(state, tile + column + 8) + addedHigh + carryOf(low, addedLow);
    ViewState.putLong(state, tile + column, low);
    ViewState.putLong(state, tile + column + 8, high);
    int count = tile + countColumn;
    ViewState.putLong(state, count, ViewState.longAt(state, count) + added);
  }

  /** 1 if the addition of {@code added} that gave {@code sum} overflowed as unsigned, or 0. */
  private static long carryOf(long sum, long added) {
    return Long.compareUnsigned(sum, added) < 0 ? 1 : 0;
  }

  @Override
  void read(
      ViewState layout, byte[] state, TileWalk walk, long asOfMs, Output[] group, Values row) {
    long low = 0;
    long high = 0;
    long count = 0;
    for (Output output : group) {
      walk.extendTo(output);
      while (walk.hasNext()) {
        int tile = walk.next();
        long added = ViewState.longAt(state, tile + column);
        low += added;
        high += ViewState.longAt(state, tile + column + 8) + carryOf(low, added);
        count += ViewState.longAt(state, tile + countColumn);
      }
      if (walk.running() != null) {
        keep(walk.running(), output.runningAt, low, high, count);
      }
      set(walk, output, low, high, count, row);
    }
  }

  private static void set(
      TileWalk walk, Output output, long low, long high, long count, Values row) {
    boolean fits = high == low >> 63;
    if (count == 0) {
      output.setNull(row);
    } else if (output.aggregation() != Aggregation.AVG && !fits) {
      walk.overflowed(output);
      output.setNull(row);
    } else if (output.aggregation() == Aggregation.AVG) {
      row.setDouble(output.feature(), mean(low, high, count));
    } else {
      row.setLong(output.feature(), low);
    }
  }

  private static void keep(long[] running, int at, long low, long high, long count) {
    running[at] = low;
    running[at + 1] = high;
    running[at + 2] = count;
  }

  /** The two halves of the sum, and the count. */
  @Override
  int runningLongs() {
    return 3;
  }

  @Override
  boolean follow(byte[] state, TileWalk walk, byte[] event, Output[] group, Values row) {
    boolean isAdded = event != null && takes(event);
    long[] running = walk.running();
    int followed = -1;
    for (Output output : group) {
      if (walk.left(output) < 0) {
        return false; // before any overflow is told, which the reading tells
      }
    }
    for (Output output : group) {
      int at = output.runningAt;
      int left = walk.left(output);
      if (!isAdded && left == 0) {
        continue; // as it was
      }
      if (at != followed) {
        follow(state, walk.firstLeft(output), walk.width(), left, running, at);
        if (isAdded) {
          long value = ViewState.longAt(event, cell);
          long low = running[at] + value;
          long high = running[at + 1] + (value >> 63) + carryOf(low, value);
          keep(running, at, low, high, running[at + 2] + 1);
        }
        followed = at;
      }
      set(walk, output, running[at], running[at + 1], running[at + 2], row);
    }
    return true;
  }

  /** Takes tiles that left out of a running sum, which is exact. */
  private void follow(byte[] state, int tile, int tileBytes, int tiles, long[] running, int at) {
    for (int i = 0; i < tiles; i++) {
      int left = tile + i * tileBytes;
      long taken = ViewState.longAt(state, left + column);
      long low = running[at] - taken;
      long borrow = Long.compareUnsigned(running[at], taken) < 0 ? 1 : 0;
      long high = running[at + 1] - ViewState.longAt(state, left + column + 8) - borrow;
      keep(running, at, low, high, running[at + 2] - ViewState.longAt(state, left + countColumn));
    }
  }

  private static double mean(long low, long high, long count) {
    if (high == low >> 63 && low <= EXACT_AS_DOUBLE && low >= -EXACT_AS_DOUBLE) {
      return (double) low / count;
    }
    BigInteger sum = BigInteger.valueOf(high).shiftLeft(64).add(unsigned(low));
    return new BigDecimal(sum)
        .divide(BigDecimal.valueOf(count), MathContext.DECIMAL128)
        .doubleValue();
  }

  private static BigInteger unsigned(long bits) {
    BigInteger value = BigInteger.valueOf(bits);
    return bits < 0 ? value.add(BigInteger.ONE.shiftLeft(64)) : value;
  }
}
