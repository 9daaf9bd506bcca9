package io.millrace.server;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * How fast a replay goes, as the command line writes it: {@code 3600x} is an hour of event time in
 * a second, {@code max} as fast as the broker takes it.
 *
 * @param factor seconds of event time in one second; above 0, infinite for {@code max}
 */
public record Speed(double factor) {
  /** As fast as the broker takes it. */
  public static final Speed MAX = new Speed(Double.POSITIVE_INFINITY);

  public Speed {
    if (!(factor > 0)) {
      throw new IllegalArgumentException("a speed must be above 0, but it is " + factor);
    }
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException when it is no speed
   */
  public static Speed parse(String text) {
    if (text.equals("max")) {
      return MAX;
    }
    if (text.matches("\\d+(\\.\\d+)?x")) {
      double factor = Double.parseDouble(text.substring(0, text.length() - 1));
      if (factor > 0 && factor < Double.POSITIVE_INFINITY) {
        return new Speed(factor);
      }
    }
    throw new IllegalArgumentException(
        "\"" + text + "\" is not a speed; write 1x, 3600x or another factor above 0, or max");
  }

  @Override
  public String toString() {
    if (factor == Double.POSITIVE_INFINITY) {
      return "max";
    }
    return (factor == Math.rint(factor) ? Long.toString((long) factor) : Double.toString(factor))
        + "x";
  }

  /** For picocli: {@code @Option(converter = Speed.Converter.class)}. */
  public static final class Converter implements ITypeConverter<Speed> {
    @Override
    public Speed convert(String text) {
      try {
        return parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
