package io.millrace.schema;

import io.millrace.feature.ValueType;
import java.util.List;
import org.apache.avro.LogicalType;
import org.apache.avro.Schema;

/**
 * One field of an Avro record as a column of a row: its type, and how null is written.
 *
 * @param name the field's name
 * @param position the field's position in the Avro record
 * @param kind the Avro type of its values
 * @param type the column's type
 * @param union whether the field is a union, so that a branch number stands before the value
 * @param nullBranch the number of the null branch, or -1 if null is not allowed
 * @param valueBranch the number of the value's branch, where the field is a union
 * @param symbols an enum's symbols, otherwise empty
 * @param items what an array or a map holds, otherwise {@link AvroItems#NONE}
 */
record AvroColumn(
    String name,
    int position,
    Schema.Type kind,
    ValueType type,
    boolean union,
    int nullBranch,
    int valueBranch,
    List<String> symbols,
    AvroItems items) {
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
    AvroItems items =
        switch (value.getType()) {
          case ARRAY -> AvroItems.of(value.getElementType());
          case MAP -> AvroItems.of(value.getValueType());
          default -> AvroItems.NONE;
        };
    return new AvroColumn(
        field.name(),
        field.pos(),
        value.getType(),
        typeOf(record, field, value, items),
        union,
        nullBranch,
        valueBranch,
        symbols,
        items);
  }

  boolean nullable() {
    return nullBranch >= 0;
  }

  private static ValueType typeOf(
      Schema record, Schema.Field field, Schema value, AvroItems items) {
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
      case ARRAY ->
          switch (items.kind()) {
            case INT, LONG -> ValueType.INT64_LIST;
            case FLOAT, DOUBLE -> ValueType.FLOAT64_LIST;
            case STRING -> ValueType.STRING_LIST;
            default ->
                throw unsupported(
                    record, field, "an array may hold int, long, float, double or string");
          };
      case MAP ->
          switch (items.kind()) {
            case FLOAT, DOUBLE -> ValueType.FLOAT64_MAP;
            default -> throw unsupported(record, field, "a map may hold float or double");
          };
      default ->
          throw unsupported(
              record,
              field,
              "use int, long, float, double, boolean, string, enum, timestamp-millis, an array or a"
                  + " map, or one of them with null");
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
