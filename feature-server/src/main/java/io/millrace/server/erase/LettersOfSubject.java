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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Dead letters of a subject: those about a feature of its key; those whose payload, read as an
 * event of its source, has the value in the column; where it cannot be read so, those whose bytes
 * have the value or whose detail has it as a word. Not thread-safe.
 */
final class LettersOfSubject implements Predicate<DeadLetter> {
  // What a job makes of the subject's events when it refuses them.
  private static final String REFUSED = "erased";

  private final Subject subject;
  private final LettersOfKeys ofKeys;
  private final Pattern word;
  private final String bytes;
  private final Map<String, Reader> readers = new HashMap<>();

  private record Reader(EventCodec codec, int column, ValueType type) {}

  LettersOfSubject(Subject subject, Definitions definitions, SchemaRegistry registry) {
    this.subject = subject;
    this.ofKeys = new LettersOfKeys(subject, definitions);
    this.word =
        Pattern.compile(
            "(?<![\\p{L}\\p{N}])" + Pattern.quote(subject.value()) + "(?![\\p{L}\\p{N}])");
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
    if (letter.reason().equals(REFUSED)) {
      return false; // it names nobody
    }
    Optional<Boolean> byKey = ofKeys.isOfSubject(letter);
    if (byKey.isPresent()) {
      return byKey.get();
    }
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
        && (latin1(letter.value()).contains(bytes) || word.matcher(letter.detail()).find());
  }

  /** Bytes as a text that can be searched. */
  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
