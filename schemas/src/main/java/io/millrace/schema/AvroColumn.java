package io.millrace.schema;

import io.millrace.feature.ValueType;
import java.util.List;
import org.apache.avro.LogicalType;
import org.apache.avro.Schema;

/**
 * One field of a flat Avro record as a column of a row: its type, and how null is written.
 *
 * @param name the field's name
 * @param position the field's position in the Avro record
 * @param kind the Avro type of its values
 * @param type the column's type
 * @param union whether the field is a union, so that a branch number stands before the value
 * @param nullBranch the number of the null branch, or -1 if null is not allowed
 * @param valueBranch the number of the value's branch, where the field is a union
 * @param symbols an enum's symbols, otherwise empty
 */
record AvroColumn(
    String name,
    int position,
    Schema.Type kind,
    ValueType type,
    boolean union,
    int nullBranch,
    int valueBranch,
    List<String> symbols) {
  static final String TIMESTAMP_MILLIS = "timestamp-millis";

  /**
   * Reads a record's field.
   *
   * @throws IllegalArgumentException naming record and field, if its type maps to no column type
   */
  static AvroColumn of(Schema record, Schema.Field field) {
    Schema schema = field.schema();
    boolean union = schema.getType() == Schema.Type.UNION;
    int nullBranch = -1;
    int valueBranch = 0;
    Schema value = schema;
    if (union) {
      value = null;
      List<Schema> branches = schema.getTypes();
      for (int i = 0; i < branches.size(); i++) {
        if (branches.get(i).getType() == Schema.Type.NULL) {
          nullBranch = i;
        } else if (value == null) {
          value = branches.get(i);
          valueBranch = i;
        } else {
          throw unsupported(record, field, "a union may hold null and one other type");
        }
      }
      if (value == null) {
        throw unsupported(record, field, "a union needs a type beside null");
      }
    }
    List<String> symbols =
        value.getType() == Schema.Type.ENUM ? List.copyOf(value.getEnumSymbols()) : List.of();
    return new AvroColumn(
        field.name(),
        field.pos(),
        value.getType(),
        typeOf(record, field, value),
        union,
        nullBranch,
        valueBranch,
        symbols);
  }

  boolean nullable() {
    return nullBranch >= 0;
  }

  private static ValueType typeOf(Schema record, Schema.Field field, Schema value) {
    // Not getLogicalType(): it is null for a type that this Avro does not know or finds misplaced.
    LogicalType known = value.getLogicalType();
    String logical = known == null ? value.getProp("logicalType") : known.getName();
    if (TIMESTAMP_MILLIS.equals(logical) && value.getType() == Schema.Type.LONG) {
      return ValueType.TIMESTAMP;
    }
    if (logical != null && logical.contains("timestamp")) {
      throw unsupported(record, field, "write timestamps as long with timestamp-millis");
    }
    return switch (value.getType()) {
      case INT, LONG -> ValueType.INT64;
      case FLOAT, DOUBLE -> ValueType.FLOAT64;
      case STRING, ENUM -> ValueType.STRING;
      case BOOLEAN -> ValueType.BOOL;
      default ->
          throw unsupported(
              record,
              field,
              "use int, long, float, double, boolean, string, enum or timestamp-millis, or one of"
                  + " them with null");
    };
  }

  private static IllegalArgumentException unsupported(
      Schema record, Schema.Field field, String fix) {
    return new IllegalArgumentException(
        record.getFullName()
            + "."
            + field.name()
            + " has the type "
            + field.schema()
            + ", which makes no column; "
            + fix);
  }
}
