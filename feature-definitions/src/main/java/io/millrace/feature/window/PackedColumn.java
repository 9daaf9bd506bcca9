package io.millrace.feature.window;

import java.util.Arrays;

/**
 * One column of a track's tiles, in as few bytes as its values allow: the bytes say how to read
 * them, so the reader needs to know nothing of the column.
 *
 * <pre>
 * bytes
 *   1    how: method | view &lt;&lt; 3 | 128 if there are exceptions
 *   .    if there are exceptions: one bit a tile, lowest first; 1, and the value (8) if they are all
 *        the same, else 0, and each (8)
 *   .    by the method:
 *        SAME       which earlier column of the track it equals (varint)
 *        INTEGERS   packed integers
 *        STEPS      the first value (varint), the unit (varint), packed integers of the steps of
 *                   the others, in units
 *        DECIMALS   digits after the point (1), packed integers m, packed integers u: the double
 *                   that is u representable steps above m / 10^digits
 *        FRACTIONS  exponent (varint), packed integers m: m * 2^exponent
 *        RAW        8 bytes each
 * packed integers: the least (varint), bits each w (1), then w bits each above the least, lowest
 *        first, to the next byte
 * </pre>
 *
 * <p>A view is what 64 bits stand for: a long, the bits of a double, the rank of a double as {@link
 * Extremes} keeps it, or its complement. Varints are zigzag. Exceptions are passed over by the
 * method: the least and the greatest long; of doubles what is not finite, and -0.0. Not
 * thread-safe.
 */
final class PackedColumn {
  static final int LONGS = 0;
  static final int DOUBLES = 1;
  static final int RANKS = 2;
  static final int COMPLEMENTS = 3;

  private static final int SAME = 0;
  private static final int INTEGERS = 1;
  private static final int STEPS = 2;
  private static final int DECIMALS = 3;
  private static final int FRACTIONS = 4;
  private static final int RAW = 5;
  private static final int EXCEPTIONS = 128;

  /** Wider integers could not be read by one access of eight bytes. */
  private static final int WIDEST = 56;

  private static final int MOST_DIGITS = 6;
  private static final int MOST_STEPS = 64;
  private static final double MOST_MANTISSA = 0x1p52;
  private static final double[] POWERS = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};

  private long[] numbers = new long[64];
  private long[] more = new long[64];
  private long[] exceptions = new long[64];

  private PackedColumn() {}

  static PackedColumn writer() {
    return new PackedColumn();
  }

  /** The bits of the double that a rank stands for, and the reverse. */
  private static long unranked(long bits, int view) {
    if (view < RANKS) {
      return bits;
    }
    long rank = view == COMPLEMENTS ? ~bits : bits;
    return rank ^ (rank >> 63 & Long.MAX_VALUE);
  }

  private static long ranked(long bits, int view) {
    if (view < RANKS) {
      return bits;
    }
    long rank = bits ^ (bits >> 63 & Long.MAX_VALUE);
    return view == COMPLEMENTS ? ~rank : rank;
  }

  /**
   * Writes the first {@code n} values.
   *
   * @param unit of which steps are likely to be a multiple, where the values ascend; else 0
   * @param earlier columns of the track that were written before
   */
  void write(PackedBytes out, long[] values, int n, int view, long unit, long[][] earlier, int c) {
    for (int e = 1; e < c; e++) {
      if (Arrays.equals(earlier[e], 0, n, values, 0, n)) {
        out.putByte(SAME);
        out.putVarint(e);
        return;
      }
    }
    if (numbers.length < n) {
      numbers = new long[n + n / 2];
      more = new long[n + n / 2];
      exceptions = new long[n + n / 2];
    }
    if (unit > 0 && n > 0 && putSteps(out, values, n, unit)) {
      return;
    }
    int left = splitExceptions(values, n, view);
    int how = view << 3 | (left < n ? EXCEPTIONS : 0);
    int start = out.length();
    out.putByte(how);
    if (left < n) {
      putExceptions(out, values, n, view);
    }
    boolean fits =
        view == LONGS
            ? out.putPacked(numbers, left)
            : putDecimals(out, left, start, how) || putFractions(out, left, start, how);
    if (fits && view == LONGS) {
      out.setByte(start, how | INTEGERS);
    } else if (!fits) {
      out.setByte(start, how | RAW);
      for (int i = 0; i < left; i++) {
        out.putLong(numbers[i]);
      }
    }
  }

  private boolean putSteps(PackedBytes out, long[] values, int n, long unit) {
    double perUnit = 1.0 / unit;
    for (int i = 1; i < n; i++) {
      long step = values[i] - values[i - 1];
      // No wider than a double is exact, or the quotient may be wrong.
      long units = (long) (step * perUnit + 0.5);
      if (step < 0 || step > (long) MOST_MANTISSA || units * unit != step) {
        return false;
      }
      numbers[i - 1] = units;
    }
    out.putByte(STEPS);
    out.putVarint(values[0]);
    out.putVarint(unit);
    return out.putPacked(numbers, n - 1);
  }

  private static boolean isException(long bits, int view) {
    if (view == LONGS) {
      return bits == Long.MIN_VALUE || bits == Long.MAX_VALUE;
    }
    return bits == Long.MIN_VALUE || (bits & 0x7FF0_0000_0000_0000L) == 0x7FF0_0000_0000_0000L;
  }

  /** Keeps what is no exception in {@code numbers}, as bits. */
  private int splitExceptions(long[] values, int n, int view) {
    int left = 0;
    for (int i = 0; i < n; i++) {
      long bits = unranked(values[i], view);
      if (!isException(bits, view)) {
        numbers[left++] = bits;
      }
    }
    return left;
  }

  private void putExceptions(PackedBytes out, long[] values, int n, int view) {
    int found = 0;
    int eight = 0;
    boolean isSame = true;
    for (int i = 0; i < n; i++) {
      if (isException(unranked(values[i], view), view)) {
        eight |= 1 << (i & 7);
        isSame &= found == 0 || values[i] == exceptions[0];
        exceptions[found++] = values[i];
      }
      if ((i & 7) == 7 || i == n - 1) {
        out.putByte(eight);
        eight = 0;
      }
    }
    out.putByte(isSame ? 1 : 0);
    for (int i = 0; i < (isSame ? 1 : found); i++) {
      out.putLong(exceptions[i]);
    }
  }

  private boolean putDecimals(PackedBytes out, int n, int start, int how) {
    int digits = 0;
    for (int i = 0; i < n; i++) {
      double value = Double.longBitsToDouble(numbers[i]);
      while (true) {
        double scaled = Math.rint(value * POWERS[digits]);
        if (!(Math.abs(scaled) < MOST_MANTISSA)) {
          return false;
        }
        long steps = numbers[i] - Double.doubleToRawLongBits(scaled / POWERS[digits]);
        if (Math.abs(steps) <= MOST_STEPS && scaled != 0 == (value != 0)) {
          more[i] = steps;
          break;
        }
        if (digits == MOST_DIGITS) {
          return false;
        }
        // More digits for all: what was seen before is written with them too.
        digits++;
        i = 0;
        value = Double.longBitsToDouble(numbers[0]);
      }
    }
    int end = out.length();
    out.setByte(start, how | DECIMALS);
    out.putByte(digits);
    for (int i = 0; i < n; i++) {
      double value = Double.longBitsToDouble(numbers[i]);
      exceptions[i] = (long) Math.rint(value * POWERS[digits]);
    }
    if (!out.putPacked(exceptions, n) || !out.putPacked(more, n)) {
      out.cutTo(end);
      return false;
    }
    return true;
  }

  private boolean putFractions(PackedBytes out, int n, int start, int how) {
    int exponent = Integer.MAX_VALUE;
    for (int i = 0; i < n; i++) {
      if (numbers[i] != 0) {
        exponent = Math.min(exponent, lowestExponent(numbers[i]));
      }
    }
    if (exponent == Integer.MAX_VALUE) {
      exponent = 0;
    }
    for (int i = 0; i < n; i++) {
      // In two steps, since 2^-exponent alone may be infinite.
      int half = -exponent / 2;
      double value = Double.longBitsToDouble(numbers[i]);
      double scaled = Math.scalb(Math.scalb(value, half), -exponent - half);
      if (!(Math.abs(scaled) < MOST_MANTISSA * 2)) {
        return false;
      }
      more[i] = (long) scaled;
    }
    int end = out.length();
    out.setByte(start, how | FRACTIONS);
    out.putVarint(exponent);
    if (!out.putPacked(more, n)) {
      out.cutTo(end);
      return false;
    }
    return true;
  }

  /** The exponent of the lowest bit that is set in a finite double that is not zero. */
  private static int lowestExponent(long bits) {
    int biased = (int) (bits >>> 52) & 0x7FF;
    long mantissa = bits & 0xF_FFFF_FFFF_FFFFL | (biased == 0 ? 0 : 1L << 52);
    return Math.max(biased, 1) - 1075 + Long.numberOfTrailingZeros(mantissa);
  }

  /**
   * Reads a column into a state: the first value to {@code at}, each next {@code stride} bytes on.
   *
   * @param trackAt where the column 0 of the first tile lies
   */
  static void read(PackedBytes in, byte[] state, int trackAt, int column, int stride, int n) {
    int how = in.readByte();
    int method = how & 7;
    int view = how >> 3 & 3;
    int at = trackAt + 8 * column;
    if (method == SAME) {
      int from = trackAt + 8 * (int) in.readVarint();
      for (int i = 0; i < n; i++) {
        ViewState.putLong(state, at + i * stride, ViewState.longAt(state, from + i * stride));
      }
      return;
    }
    int bitmap = -1;
    int exceptional = -1;
    boolean isSame = false;
    if ((how & EXCEPTIONS) != 0) {
      bitmap = in.skip((n + 7) / 8);
      isSame = in.readByte() == 1;
      int found = 0;
      for (int i = 0; i < n; i++) {
        found += in.bitAt(bitmap, i);
      }
      exceptional = in.skip(8 * (isSame ? 1 : found));
    }
    // Exceptions first: how many numbers follow depends on them.
    int left = n;
    if (bitmap >= 0) {
      int found = 0;
      for (int i = 0; i < n; i++) {
        if (in.bitAt(bitmap, i) != 0) {
          long value = in.longAt(exceptional + (isSame ? 0 : 8 * found));
          ViewState.putLong(state, at + i * stride, value);
          found++;
        }
      }
      left -= found;
    }
    switch (method) {
      case STEPS -> {
        long value = in.readVarint();
        long unit = in.readVarint();
        long least = in.readVarint();
        int width = in.readByte();
        int bits = in.skipBits(width, n - 1);
        ViewState.putLong(state, at, value);
        for (int i = 1; i < n; i++) {
          value += unit * (least + in.packedAt(bits, width, i - 1));
          ViewState.putLong(state, at + i * stride, value);
        }
      }
      case INTEGERS -> {
        long least = in.readVarint();
        int width = in.readByte();
        int bits = in.skipBits(width, left);
        for (int i = 0, k = 0; i < n; i++) {
          if (bitmap < 0 || in.bitAt(bitmap, i) == 0) {
            ViewState.putLong(state, at + i * stride, least + in.packedAt(bits, width, k++));
          }
        }
      }
      case DECIMALS -> {
        double power = POWERS[in.readByte()];
        long least = in.readVarint();
        int width = in.readByte();
        int bits = in.skipBits(width, left);
        long leastSteps = in.readVarint();
        int stepWidth = in.readByte();
        int stepBits = in.skipBits(stepWidth, left);
        for (int i = 0, k = 0; i < n; i++) {
          if (bitmap < 0 || in.bitAt(bitmap, i) == 0) {
            double value = (least + in.packedAt(bits, width, k)) / power;
            long steps = leastSteps + in.packedAt(stepBits, stepWidth, k++);
            long value64 = Double.doubleToRawLongBits(value) + steps;
            ViewState.putLong(state, at + i * stride, ranked(value64, view));
          }
        }
      }
      case FRACTIONS -> {
        int exponent = (int) in.readVarint();
        int half = exponent / 2;
        long least = in.readVarint();
        int width = in.readByte();
        int bits = in.skipBits(width, left);
        for (int i = 0, k = 0; i < n; i++) {
          if (bitmap < 0 || in.bitAt(bitmap, i) == 0) {
            double mantissa = least + in.packedAt(bits, width, k++);
            double value = Math.scalb(Math.scalb(mantissa, half), exponent - half);
            ViewState.putLong(
                state, at + i * stride, ranked(Double.doubleToRawLongBits(value), view));
          }
        }
      }
      case RAW -> {
        int from = in.skip(8 * left);
        for (int i = 0, k = 0; i < n; i++) {
          if (bitmap < 0 || in.bitAt(bitmap, i) == 0) {
            long value = in.longAt(from + 8 * k++);
            ViewState.putLong(state, at + i * stride, ranked(value, view));
          }
        }
      }
      default -> throw new IllegalArgumentException("a column is packed in no known way, " + how);
    }
  }

  /** Whether integers of this width can be packed. */
  static boolean isPackable(int width) {
    return width <= WIDEST;
  }
}
