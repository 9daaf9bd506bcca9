package io.millrace.schema;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/**
 * Rows as Avro records, and back. {@code int} and {@code long} are INT64, {@code float} and {@code
 * double} FLOAT64, {@code string} and {@code enum} STRING, {@code boolean} BOOL, {@code long} with
 * {@code timestamp-millis} TIMESTAMP; an {@code array} of numbers or texts is a list of them, a
 * {@code map} of {@code float} or {@code double} FLOAT64_MAP; a union with {@code null} is
 * nullable. Stateless.
 *
 * <pre>
 * Schema avro = AvroRows.avroSchema(view.rowSchema(), "io.millrace.features");
 * GenericRecord record = AvroRows.record(avro, rowSchema, values);
 * </pre>
 */
public final class AvroRows {
  /** A list or map that has more items is refused: so large a value is data of its own. */
  public static final int MOST_ITEMS = 65_536;

  private AvroRows() {}

  /**
   * The columns of a record, in the record's order, under the record's name.
   *
   * @throws IllegalArgumentException naming the field, if it is no record or a field's type makes
   *     no column
   */
  public static RowSchema rowSchema(Schema avro) {
    List<Field> fields = new ArrayList<>();
    for (AvroColumn column : columns(avro)) {
      fields.add(new Field(column.name(), column.type(), column.nullable()));
    }
    return new RowSchema(avro.getName(), fields);
  }

  /**
   * A record schema for rows: nullable columns are unions with null first and the default null.
   *
   * @throws IllegalArgumentException if a name is none in Avro: letters, digits and underscores, no
   *     digit first
   */
  public static Schema avroSchema(RowSchema row, String namespace) {
    List<Schema.Field> fields = new ArrayList<>();
    for (Field field : row.fields()) {
      requireName(row.name() + "." + field.name(), field.name());
      Schema type = AvroTypes.of(field.type());
      fields.add(
          field.nullable()
              ? AvroTypes.nullable(field.name(), type)
              : new Schema.Field(field.name(), type));
    }
    requireName(row.name(), row.name());
    return Schema.createRecord(row.name(), null, namespace, false, fields);
  }

  /**
   * A row as a record, matched by name. A field that the row does not have gets its default, or
   * null.
   *
   * @throws IllegalArgumentException naming the field, if null or a value is not allowed there
   */
  public static GenericRecord record(Schema avro, RowSchema row, Values values) {
    return record(avro, columns(avro), row, values);
  }

  /**
   * The same for many rows.
   *
   * @param columns of the schema, as {@link #columns} tells them
   */
  static GenericRecord record(Schema avro, List<AvroColumn> columns, RowSchema row, Values values) {
    GenericData.Record record = new GenericData.Record(avro);
    for (AvroColumn column : columns) {
      int index = row.indexOf(column.name()).orElse(-1);
      Object value;
      if (index < 0) {
        Schema.Field field = avro.getFields().get(column.position());
        value = field.hasDefaultValue() ? GenericData.get().getDefaultValue(field) : null;
      } else {
        requireType(avro, column, row.field(index));
        value = toAvro(avro, column, values.boxedAt(index, column.type()));
      }
      if (value == null && !column.nullable()) {
        throw new IllegalArgumentException(
            avro.getFullName() + "." + column.name() + " must not be null");
      }
      record.put(column.position(), value);
    }
    return record;
  }

  /**
   * A record as a row, matched by name; a column that the record does not have is null.
   *
   * @throws IllegalArgumentException naming the field, if its type is not the column's
   */
  public static Values values(GenericRecord record, RowSchema row) {
    Values values = new Values(row.size());
    for (int i = 0; i < row.size(); i++) {
      Schema.Field field = record.getSchema().getField(row.field(i).name());
      Object value = field == null ? null : record.get(field.pos());
      if (value != null) {
        requireType(record.getSchema(), AvroColumn.of(record.getSchema(), field), row.field(i));
        values.setBoxed(i, value instanceof GenericData.EnumSymbol ? value.toString() : value);
      }
    }
    return values;
  }

  static List<AvroColumn> columns(Schema avro) {
    if (avro.getType() != Schema.Type.RECORD) {
      throw new IllegalArgumentException(
          "a row needs an Avro record, but the schema is of the type " + avro.getType().getName());
    }
    return avro.getFields().stream().map(field -> AvroColumn.of(avro, field)).toList();
  }

  static void requireType(Schema avro, AvroColumn column, Field field) {
    if (column.type() != field.type()) {
      throw new IllegalArgumentException(
          avro.getFullName()
              + "."
              + column.name()
              + " is "
              + column.type()
              + " in Avro, but "
              + field.type()
              + " in the row");
    }
  }

  private static Object toAvro(Schema avro, AvroColumn column, Object value) {
    if (value == null) {
      return null;
    }
    return switch (column.kind()) {
      case INT -> AvroTypes.requireInt(avro, column, (Long) value);
      case FLOAT -> ((Double) value).floatValue();
      case ENUM -> {
        Schema field = avro.getFields().get(column.position()).schema();
        Schema symbols = column.union() ? field.getTypes().get(column.valueBranch()) : field;
        AvroTypes.requireSymbol(avro, column, (String) value);
        yield new GenericData.EnumSymbol(symbols, value);
      }
      case ARRAY -> {
        AvroItems.requireWritable(avro, column, ((List<?>) value).size());
        List<Object> items = new ArrayList<>();
        ((List<?>) value).forEach(item -> items.add(column.items().toAvro(avro, column, item)));
        yield items;
      }
      case MAP -> {
        AvroItems.requireWritable(avro, column, ((Map<?, ?>) value).size());
        Map<Object, Object> items = new LinkedHashMap<>();
        ((Map<?, ?>) value)
            .forEach((key, item) -> items.put(key, column.items().toAvro(avro, column, item)));
        yield items;
      }
      default -> value;
    };
  }

  private static void requireName(String place, String name) {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
      throw new IllegalArgumentException(
          place + " is no name in Avro; use letters, digits and underscores, and no digit first");
    }
  }
}
