package io.millrace.feature.definition;

import io.millrace.feature.ChangeFormat;
import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Expectation;
import io.millrace.feature.History;
import io.millrace.feature.RowSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An {@link EventSource} in code; see {@link DefinitionBuilder}. Not thread-safe. */
public final class SourceBuilder {
  private final String name;
  private String topic;
  private String avro = "";
  private EventTime time;
  private Optional<ChangeFormat> changes = Optional.empty();
  private List<String> messageKey = List.of();
  private Optional<History> history = Optional.empty();
  private final List<Expectation> expectations = new ArrayList<>();

  private SourceBuilder(String name) {
    this.name = name;
    this.topic = name;
  }

  /** A source whose topic has its name. */
  public static SourceBuilder named(String name) {
    return new SourceBuilder(name);
  }

  public SourceBuilder topic(String topic) {
    this.topic = topic;
    return this;
  }

  /** The JSON text of the Avro record schema. */
  public SourceBuilder schema(String avro) {
    this.avro = avro;
    return this;
  }

  /** The TIMESTAMP column of event time, without disorder and lateness. */
  public SourceBuilder eventTime(String field) {
    return eventTime(field, Duration.ZERO, Duration.ZERO);
  }

  public SourceBuilder eventTime(String field, Duration disorder, Duration lateness) {
    this.time = new EventTime(field, disorder, lateness);
    return this;
  }

  /** As {@link #eventTime(String, Duration, Duration)}, with a guard and idleness of its own. */
  public SourceBuilder eventTime(EventTime time) {
    this.time = time;
    return this;
  }

  /** Its records are changes to the rows of a table. */
  public SourceBuilder changes(ChangeFormat format) {
    this.changes = Optional.of(format);
    return this;
  }

  public SourceBuilder key(String... columns) {
    this.messageKey = List.of(columns);
    return this;
  }

  public SourceBuilder history(History history) {
    this.history = Optional.of(history);
    return this;
  }

  public SourceBuilder expect(String name, String check, Expectation.OnFail onFail) {
    expectations.add(new Expectation(name, check, onFail));
    return this;
  }

  /**
   * @throws IllegalArgumentException if the schema is no Avro record that Millrace reads, or the
   *     time is no column of it
   */
  public EventSource build() {
    Problems problems = new Problems();
    Optional<RowSchema> schema = AvroFile.columns("schema of " + name, avro, problems);
    try {
      problems.throwIfAny();
    } catch (DefinitionException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    if (time == null) {
      throw new IllegalArgumentException(
          "event source " + name + " has no event time; name it with eventTime(column)");
    }
    return new EventSource(
        name, topic, schema.orElseThrow(), avro, time, changes, messageKey, history, expectations);
  }
}
