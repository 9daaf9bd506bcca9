package io.millrace.offline;

import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Field;
import io.millrace.feature.History;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Event sources that every test of this module knows. */
public final class TestSources {
  /** The flights of San Francisco, 2020: the smallest of the real files. */
  public static final Path SFO =
      Path.of("../feature-definitions/flights/data/flights_sfo2020.parquet");

  /** {@code seen}, {@code who} and a nullable {@code n}. */
  public static final RowSchema VISITS =
      new RowSchema(
          "visits",
          List.of(
              Field.required("seen", ValueType.TIMESTAMP),
              Field.required("who", ValueType.STRING),
              Field.nullable("n", ValueType.INT64)));

  private TestSources() {}

  /** A source of visits with a past. */
  public static EventSource visits(History history) {
    return source("visits", VISITS, "seen", history);
  }

  public static EventSource source(
      String name, RowSchema schema, String timeField, History history) {
    return new EventSource(
        name,
        name,
        schema,
        "",
        new EventTime(timeField, Duration.ZERO, Duration.ZERO),
        List.of(),
        Optional.of(history),
        List.of());
  }

  /** A past sorted in memory. */
  public static History sorted(Path path) {
    return new History(path, Optional.empty(), Map.of(), Optional.empty());
  }

  /** A past read as a stream. */
  public static History streamed(Path path, Duration disorder) {
    return new History(path, Optional.empty(), Map.of(), Optional.of(disorder));
  }
}
