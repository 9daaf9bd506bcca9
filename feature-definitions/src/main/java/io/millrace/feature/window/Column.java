package io.millrace.feature.window;

import io.millrace.feature.Aggregation;
import io.millrace.feature.ValueType;

/**
 * What a tile keeps of one input, shared by all features that need the same: how it takes in a
 * value, and how two tiles become one. A column that took in nothing is all zeros.
 *
 * <pre>
 * COUNT       i64 count
 * INT_SUM     i64 count | i128 sum, low half first
 * FLOAT_SUM   i64 count | f64 sum | f64 what the sum lacks (double-double)
 * MIN, MAX    i64 count | value
 * LAST        i64 count | i64 time | i64 order | value
 * </pre>
 */
enum Column {
  COUNT(1) {
    @Override
    void take(byte[] s, int at, long bits, boolean real, long timeMs, long order) {}

    @Override
    void merge(byte[] into, int at, byte[] from, int fromAt, boolean real) {}
  },
  INT_SUM(3) {
    @Override
    void take(byte[] s, int at, long bits, boolean real, long timeMs, long order) {
      addInteger(s, at + 8, bits, bits >> 63);
    }

    @Override
    void merge(byte[] into, int at, byte[] from, int fromAt, boolean real) {
      addInteger(into, at + 8, Longs.get(from, fromAt + 8), Longs.get(from, fromAt + 16));
    }
  },
  FLOAT_SUM(3) {
    @Override
    void take(byte[] s, int at, long bits, boolean real, long timeMs, long order) {
      addDouble(s, at + 8, Double.longBitsToDouble(bits), 0);
    }

    @Override
    void merge(byte[] into, int at, byte[] from, int fromAt, boolean real) {
      addDouble(
          into, at + 8, Longs.getDouble(from, fromAt + 8), Longs.getDouble(from, fromAt + 16));
    }
  },
  MIN(2) {
    @Override
    void take(byte[] s, int at, long bits, boolean real, long timeMs, long order) {
      if (Longs.get(s, at) == 0 || compare(bits, Longs.get(s, at + 8), real) < 0) {
        Longs.set(s, at + 8, bits);
      }
    }

    @Override
    void merge(byte[] into, int at, byte[] from, int fromAt, boolean real) {
      take(into, at, Longs.get(from, fromAt + 8), real, 0, 0);
    }
  },
  MAX(2) {
    @Override
    void take(byte[] s, int at, long bits, boolean real, long timeMs, long order) {
      if (Longs.get(s, at) == 0 || compare(bits, Longs.get(s, at + 8), real) > 0) {
        Longs.set(s, at + 8, bits);
      }
    }

    @Override
    void merge(byte[] into, int at, byte[] from, int fromAt, boolean real) {
      take(into, at, Longs.get(from, fromAt + 8), real, 0, 0);
    }
  },
  LAST(4) {
    @Override
    void take(byte[] s, int at, long bits, boolean real, long timeMs, long order) {
      long knownMs = Longs.get(s, at + 8);
      if (Longs.get(s, at) == 0
          || timeMs > knownMs
          || (timeMs == knownMs && order >= Longs.get(s, at + 16))) {
        Longs.set(s, at + 8, timeMs);
        Longs.set(s, at + 16, order);
        Longs.set(s, at + 24, bits);
      }
    }

    @Override
    void merge(byte[] into, int at, byte[] from, int fromAt, boolean real) {
      take(
          into,
          at,
          Longs.get(from, fromAt + 24),
          real,
          Longs.get(from, fromAt + 8),
          Longs.get(from, fromAt + 16));
    }
  };

  private final int longs;

  Column(int longs) {
    this.longs = longs;
  }

  int bytes() {
    return longs * Long.BYTES;
  }

  /** Takes in one value; the count is the caller's and is raised afterwards. */
  abstract void take(byte[] s, int at, long bits, boolean real, long timeMs, long order);

  /** Takes in another tile's column that is not empty; the count is the caller's. */
  abstract void merge(byte[] into, int at, byte[] from, int fromAt, boolean real);

  /** The column that a feature needs of an input of this type. */
  static Column of(Aggregation aggregation, ValueType input) {
    return switch (aggregation) {
      case COUNT -> COUNT;
      case SUM, AVG -> input == ValueType.FLOAT64 ? FLOAT_SUM : INT_SUM;
      case MIN -> MIN;
      case MAX -> MAX;
      case LAST -> LAST;
    };
  }

  /** Whether a NaN is passed over: it is neither smallest nor largest, but it spoils a sum. */
  boolean ignoresNaN() {
    return this == MIN || this == MAX;
  }

  private static int compare(long a, long b, boolean real) {
    return real
        ? Double.compare(Double.longBitsToDouble(a), Double.longBitsToDouble(b))
        : Long.compare(a, b);
  }

  private static void addInteger(byte[] s, int at, long low, long high) {
    long oldLow = Longs.get(s, at);
    long newLow = oldLow + low;
    long carry = Long.compareUnsigned(newLow, oldLow) < 0 ? 1 : 0;
    Longs.set(s, at, newLow);
    Longs.set(s, at + 8, Longs.get(s, at + 8) + high + carry);
  }

  /** Double-double addition: Knuth's two-sum, the errors summed beside. */
  private static void addDouble(byte[] s, int at, double value, double rest) {
    double old = Longs.getDouble(s, at);
    double sum = old + value;
    if (Double.isNaN(sum) || Double.isInfinite(sum)) {
      Longs.setDouble(s, at, sum);
      Longs.setDouble(s, at + 8, 0);
      return;
    }
    double virtual = sum - old;
    double error = (old - (sum - virtual)) + (value - virtual);
    double low = Longs.getDouble(s, at + 8) + rest + error;
    double high = sum + low;
    Longs.setDouble(s, at, high);
    Longs.setDouble(s, at + 8, low - (high - sum));
  }
}
