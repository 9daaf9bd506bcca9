package io.millrace.feature.window;

/**
 * A sum of doubles and the rounding error it left: about 106 bits, by Knuth's two-sum. NaN and
 * infinities make it so for good. Not thread-safe.
 */
final class DoubleDouble {
  private double high;
  private double low;

  /** A sum, and what it lacks in two parts, of which the second is the smaller by far. */
  static DoubleDouble of(double sum, double error, double errorOfError) {
    DoubleDouble made = new DoubleDouble();
    made.high = sum;
    // What is infinite has errors that are no numbers.
    if (Double.isFinite(sum)) {
      made.add(error, errorOfError);
    }
    return made;
  }

  /** One that {@link #high} and {@link #low} told. */
  static DoubleDouble of(double high, double low) {
    DoubleDouble made = new DoubleDouble();
    made.high = high;
    made.low = low;
    return made;
  }

  double high() {
    return high;
  }

  double low() {
    return low;
  }

  /** The sum, rounded; every NaN as the one of {@link Double#NaN}. */
  double value() {
    double sum = high + low;
    return Double.isNaN(sum) ? Double.NaN : sum;
  }

  /** The sum divided by a count, rounded about once. */
  double dividedBy(long count) {
    double quotient = high / count;
    double rest = Math.fma(-quotient, (double) count, high) + low;
    double mean = Double.isFinite(quotient) ? quotient + rest / count : quotient;
    return Double.isNaN(mean) ? Double.NaN : mean;
  }

  void add(double value) {
    add(value, 0);
  }

  /** Adds another sum of this kind. */
  void add(double otherHigh, double otherLow) {
    double sum = high + otherHigh;
    if (Double.isFinite(sum)) {
      double lowSum = low + otherLow;
      double error = errorOf(sum, high, otherHigh) + lowSum;
      double lowError = errorOf(lowSum, low, otherLow);
      high = sum + error;
      low = Double.isFinite(high) ? lowError + errorOf(high, sum, error) : 0;
    } else {
      high = sum;
      low = 0;
    }
  }

  /** What {@code sum}, the rounded sum of a and b, lacks of the true one; itself exact. */
  static double errorOf(double sum, double a, double b) {
    double bRounded = sum - a;
    return (a - (sum - bRounded)) + (b - bRounded);
  }
}
