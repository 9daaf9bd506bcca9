package io.millrace.offline;

import io.millrace.feature.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/**
 * Puts beside what came of a request where the request was read: {@code source_partition} and
 * {@code source_offset} of its topic, null if its id is no position. Immutable and thread-safe.
 */
final class RequestOrigin {
  private final Schema schema;
  private final int own;

  /**
   * @param records the schema of the records without their origin
   */
  RequestOrigin(Schema records) {
    List<Schema.Field> fields = new ArrayList<>();
    for (Schema.Field field : records.getFields()) {
      fields.add(new Schema.Field(field, field.schema()));
    }
    own = fields.size();
    Schema nullable = SchemaBuilder.unionOf().nullType().and().longType().endUnion();
    for (String name : List.of(OfflineTables.SOURCE_PARTITION, OfflineTables.SOURCE_OFFSET)) {
      fields.add(
          new Schema.Field(name, nullable, "of the request", Schema.Field.NULL_DEFAULT_VALUE));
    }
    schema =
        Schema.createRecord(
            records.getName(), records.getDoc(), records.getNamespace(), false, fields);
  }

  Schema schema() {
    return schema;
  }

  /**
   * @param requestId the request's position as text, or any other
   */
  GenericRecord record(GenericRecord without, String requestId) {
    GenericData.Record record = new GenericData.Record(schema);
    for (int i = 0; i < own; i++) {
      record.put(i, without.get(i));
    }
    Optional<Position> position = Position.of(requestId);
    if (position.isPresent()) {
      record.put(own, (long) position.get().partition());
      record.put(own + 1, position.get().offset());
    }
    return record;
  }
}
