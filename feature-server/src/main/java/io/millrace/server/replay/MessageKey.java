package io.millrace.server.replay;

import io.millrace.feature.EventSource;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;

/**
 * The key of a source's Kafka messages: the text of its message key columns, joined by {@code |}. A
 * null is written as an empty text. Equal columns make equal keys, so their events keep their order.
 */
final class MessageKey {
  private final RowSchema schema;
  private final int[] columns;

  /** The key that a source declares. */
  MessageKey(EventSource source) {
    this.schema = source.schema();
    this.columns = source.messageKey().stream().mapToInt(schema::requireIndexOf).toArray();
  }

  /** The key's bytes, or null, Kafka's word for none, when the source declares no key. */
  byte[] of(Values values) {
    if (columns.length == 0) {
      return null;
    }
    StringJoiner text = new StringJoiner("|");
    for (int column : columns) {
      Object value = values.boxedAt(column, schema.field(column).type());
      text.add(value == null ? "" : value.toString());
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
