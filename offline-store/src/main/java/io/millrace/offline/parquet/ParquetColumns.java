package io.millrace.offline.parquet;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;

/**
 * What the columns of a Parquet file are to Millrace. Columns inside groups are named with dots
 * ({@code vector.distance}).
 *
 * <pre>
 * BOOLEAN                              BOOL
 * INT32, INT64, plain or INT(n)        INT64
 * FLOAT, DOUBLE                        FLOAT64
 * BINARY as STRING or ENUM             STRING
 * INT64 as TIMESTAMP millis, micros,
 *   nanos; INT96                       TIMESTAMP, floored to milliseconds
 * INT32 as DATE                        TIMESTAMP of its first instant, UTC
 * all others, and all repeated ones    not readable
 * </pre>
 *
 * A local timestamp (not adjusted to UTC) is taken as UTC. Plain integers that mean seconds or
 * milliseconds stay INT64: only the definition knows their unit and converts them.
 */
final class ParquetColumns {
  private final RowSchema schema;
  private final List<ColumnDescriptor> descriptors;
  private final Map<String, String> unreadable;

  private ParquetColumns(
      RowSchema schema, List<ColumnDescriptor> descriptors, Map<String, String> unreadable) {
    this.schema = schema;
    this.descriptors = descriptors;
    this.unreadable = unreadable;
  }

  static ParquetColumns of(String file, MessageType message) {
    List<Field> fields = new ArrayList<>();
    List<ColumnDescriptor> descriptors = new ArrayList<>();
    Map<String, String> unreadable = new LinkedHashMap<>();
    for (ColumnDescriptor column : message.getColumns()) {
      String name = String.join(".", column.getPath());
      PrimitiveType type = column.getPrimitiveType();
      Optional<ValueType> valueType = typeOf(type);
      if (column.getMaxRepetitionLevel() > 0) {
        unreadable.put(name, "repeated");
      } else if (valueType.isEmpty()) {
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        unreadable.put(
            name, type.getPrimitiveTypeName() + (logical == null ? "" : " as " + logical));
      } else {
        fields.add(new Field(name, valueType.get(), column.getMaxDefinitionLevel() > 0));
        descriptors.add(column);
      }
    }
    return new ParquetColumns(new RowSchema(file, fields), descriptors, unreadable);
  }

  /** The readable columns, named as the file is. */
  RowSchema schema() {
    return schema;
  }

  ColumnDescriptor descriptor(String column) {
    return descriptors.get(schema.requireIndexOf(column));
  }

  /** The other columns, with the type for which they cannot be read. */
  Map<String, String> unreadable() {
    return unreadable;
  }

  /** How many units of the column make a millisecond; 0 for a date. */
  static long unitsPerMs(PrimitiveType type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (logical instanceof TimestampLogicalTypeAnnotation timestamp) {
      return switch (timestamp.getUnit()) {
        case MILLIS -> 1;
        case MICROS -> 1_000;
        case NANOS -> 1_000_000;
      };
    }
    return logical instanceof DateLogicalTypeAnnotation ? 0 : 1;
  }

  static boolean isUnsigned(PrimitiveType type) {
    return type.getLogicalTypeAnnotation() instanceof IntLogicalTypeAnnotation integer
        && !integer.isSigned();
  }

  private static Optional<ValueType> typeOf(PrimitiveType type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    ValueType valueType =
        switch (type.getPrimitiveTypeName()) {
          case BOOLEAN -> ValueType.BOOL;
          case FLOAT, DOUBLE -> ValueType.FLOAT64;
          case INT96 -> ValueType.TIMESTAMP;
          case INT32 ->
              logical == null || logical instanceof IntLogicalTypeAnnotation
                  ? ValueType.INT64
                  : logical instanceof DateLogicalTypeAnnotation ? ValueType.TIMESTAMP : null;
          case INT64 ->
              logical == null || logical instanceof IntLogicalTypeAnnotation
                  ? ValueType.INT64
                  : logical instanceof TimestampLogicalTypeAnnotation ? ValueType.TIMESTAMP : null;
          case BINARY ->
              logical instanceof StringLogicalTypeAnnotation
                      || logical instanceof EnumLogicalTypeAnnotation
                  ? ValueType.STRING
                  : null;
          case FIXED_LEN_BYTE_ARRAY -> null;
        };
    return Optional.ofNullable(valueType);
  }
}
