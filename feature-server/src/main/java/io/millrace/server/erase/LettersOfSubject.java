package io.millrace.server.erase;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.erasure.Subject;
import io.millrace.schema.EventCodec;
import io.millrace.schema.MalformedRecordException;
import io.millrace.schema.SchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * Dead letters of a subject: those whose payload, read as an event of its source, has the value in
 * the column; where it cannot be read so, those whose bytes or detail have the value as text. Not
 * thread-safe.
 */
final class LettersOfSubject implements Predicate<DeadLetter> {
  private final Subject subject;
  private final String bytes;
  private final Map<String, Reader> readers = new HashMap<>();

  private record Reader(EventCodec codec, int column, ValueType type) {}

  LettersOfSubject(Subject subject, Definitions definitions, SchemaRegistry registry) {
    this.subject = subject;
    this.bytes = latin1(subject.value().getBytes(StandardCharsets.UTF_8));
    for (EventSource source : definitions.sources()) {
      OptionalInt column = source.schema().indexOf(subject.column());
      if (source.changes().isEmpty()) {
        readers.put(
            source.name(),
            new Reader(
                new EventCodec(source, registry),
                column.orElse(-1),
                column.isPresent() ? source.schema().field(column.getAsInt()).type() : null));
      }
    }
  }

  @Override
  public boolean test(DeadLetter letter) {
    Reader reader = readers.get(letter.source());
    if (reader != null && letter.value().length > 0) {
      try {
        Values values = reader.codec().decode(letter.value());
        return reader.column() >= 0
            && subject.value().equals(Subject.valueOf(values, reader.column(), reader.type()));
      } catch (MalformedRecordException e) {
        return hasText(letter);
      }
    }
    return hasText(letter);
  }

  private boolean hasText(DeadLetter letter) {
    return !subject.value().isEmpty()
        && (latin1(letter.value()).contains(bytes) || letter.detail().contains(subject.value()));
  }

  /** Bytes as a text that can be searched. */
  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
