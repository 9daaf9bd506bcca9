package io.millrace.server.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import io.millrace.server.serve.FeatureQuery.TimestampUnit;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Values as JSON. Numbers that JSON has none for are the texts {@code "NaN"}, {@code "Infinity"}
 * and {@code "-Infinity"}, as in protobuf's JSON.
 */
public final class JsonValues {
  private JsonValues() {}

  /**
   * Writes one value.
   *
   * @param timestamps SECONDS writes a TIMESTAMP as seconds, MILLIS as RFC 3339 text
   */
  public static void write(
      JsonGenerator json, Row row, int index, ValueType type, TimestampUnit timestamps)
      throws IOException {
    if (row.isNull(index)) {
      json.writeNull();
      return;
    }
    switch (type) {
      case INT64 -> json.writeNumber(row.longAt(index));
      case FLOAT64 -> json.writeNumber(row.doubleAt(index));
      case BOOL -> json.writeBoolean(row.booleanAt(index));
      case STRING -> json.writeString(row.textAt(index));
      case TIMESTAMP -> {
        if (timestamps == TimestampUnit.SECONDS) {
          json.writeNumber(Math.floorDiv(row.longAt(index), 1000));
        } else {
          json.writeString(Instant.ofEpochMilli(row.longAt(index)).toString());
        }
      }
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP ->
          writeObject(json, row.objectAt(index));
    }
  }

  private static void writeObject(JsonGenerator json, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName(entry.getKey().toString());
        json.writeNumber((Double) entry.getValue());
      }
      json.writeEndObject();
      return;
    }
    json.writeStartArray();
    for (Object item : (List<?>) value) {
      if (item instanceof Long number) {
        json.writeNumber(number);
      } else if (item instanceof Double number) {
        json.writeNumber(number);
      } else {
        json.writeString((String) item);
      }
    }
    json.writeEndArray();
  }
}
