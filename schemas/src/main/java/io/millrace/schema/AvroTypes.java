package io.millrace.schema;

import io.millrace.feature.ValueType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;

/** The Avro types that Millrace writes, and the values they hold. */
final class AvroTypes {
  private AvroTypes() {}

  static Schema of(ValueType type) {
    return switch (type) {
      case INT64 -> Schema.create(Schema.Type.LONG);
      case FLOAT64 -> Schema.create(Schema.Type.DOUBLE);
      case STRING -> string();
      case BOOL -> Schema.create(Schema.Type.BOOLEAN);
      case TIMESTAMP -> timestamp();
      case INT64_LIST -> Schema.createArray(Schema.create(Schema.Type.LONG));
      case FLOAT64_LIST -> Schema.createArray(Schema.create(Schema.Type.DOUBLE));
      case STRING_LIST -> Schema.createArray(string());
      case FLOAT64_MAP -> Schema.createMap(Schema.create(Schema.Type.DOUBLE));
    };
  }

  static Schema timestamp() {
    return LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG));
  }

  static Schema string() {
    return Schema.create(Schema.Type.STRING);
  }

  /** A field that is null unless it is given. */
  static Schema.Field nullable(String name, Schema type) {
    Schema union = SchemaBuilder.unionOf().nullType().and().type(type).endUnion();
    return new Schema.Field(name, union, null, Schema.Field.NULL_DEFAULT_VALUE);
  }

  static int requireInt(Schema avro, AvroColumn column, long value) {
    if ((int) value != value) {
      throw new IllegalArgumentException(
          avro.getFullName()
              + "."
              + column.name()
              + " is an Avro int, in [-2147483648, 2147483647], but the value is "
              + value
              + "; make it long");
    }
    return (int) value;
  }

  static int requireSymbol(Schema avro, AvroColumn column, String value) {
    int ordinal = column.symbols().indexOf(value);
    if (ordinal < 0) {
      throw new IllegalArgumentException(
          avro.getFullName()
              + "."
              + column.name()
              + " is an enum of "
              + column.symbols()
              + ", but the value is "
              + value);
    }
    return ordinal;
  }
}
