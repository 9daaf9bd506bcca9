package io.millrace.server;

import io.millrace.feature.definition.Durations;
import java.time.DateTimeException;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code PT30S} (ISO 8601) and, as in definition files, {@code 30s}. */
final class DurationConverter implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String text) {
    return Durations.parse(text).orElseGet(() -> iso(text));
  }

  private static Duration iso(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeException e) {
      throw new TypeConversionException("\"" + text + "\" is not one; write " + Durations.EXAMPLES);
    }
  }
}
