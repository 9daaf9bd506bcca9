package io.millrace.offline.parquet;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

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
 * LIST of INT64, FLOAT64, STRING       INT64_LIST, FLOAT64_LIST, STRING_LIST
 * MAP of STRING to FLOAT64             FLOAT64_MAP
 * all others, and all repeated ones    not readable
 * </pre>
 *
 * A list or map has the name of its group, whatever the groups in it are named.
 *
 * <p>A local timestamp (not adjusted to UTC) is taken as UTC. Plain integers that mean seconds or
 * milliseconds stay INT64: only the definition knows their unit and converts them.
 */
final class ParquetColumns {
  private final MessageType message;
  private final List<Field> fields = new ArrayList<>();
  private final List<ParquetPlace> places = new ArrayList<>();
  private final Map<String, String> unreadable = new LinkedHashMap<>();
  private final RowSchema schema;

  private ParquetColumns(String file, MessageType message) {
    this.message = message;
    for (Type field : message.getFields()) {
      addAll(field, List.of());
    }
    this.schema = new RowSchema(file, fields);
  }

  static ParquetColumns of(String file, MessageType message) {
    return new ParquetColumns(file, message);
  }

  private void addAll(Type type, List<String> above) {
    List<String> path = new ArrayList<>(above);
    path.add(type.getName());
    if (type.isRepetition(Type.Repetition.REPEATED)) {
      unreadable.put(String.join(".", path), "repeated");
    } else if (type.isPrimitive()) {
      add(path, List.of(List.of()), types -> types.get(0), describe(type.asPrimitiveType()));
    } else if (ParquetGroups.isList(type.asGroupType())) {
      add(
          path,
          ParquetGroups.item(type.asGroupType()).stream().toList(),
          types -> types.get(0).flatMap(ParquetColumns::listOf),
          "a list of what makes no INT64, FLOAT64 or STRING");
    } else if (ParquetGroups.isMap(type.asGroupType())) {
      add(
          path,
          ParquetGroups.keyAndValue(type.asGroupType()),
          types ->
              types.equals(List.of(Optional.of(ValueType.STRING), Optional.of(ValueType.FLOAT64)))
                  ? Optional.of(ValueType.FLOAT64_MAP)
                  : Optional.empty(),
          "a map of what is not STRING to FLOAT64");
    } else {
      type.asGroupType().getFields().forEach(child -> addAll(child, path));
    }
  }

  /** Adds a column of some leaves, each given by its path below the column's own. */
  private void add(
      List<String> path,
      List<List<String>> leavesBelow,
      Function<List<Optional<ValueType>>, Optional<ValueType>> typeOfLeaves,
      String otherwise) {
    String name = String.join(".", path);
    List<ColumnDescriptor> leaves = new ArrayList<>();
    List<Optional<ValueType>> types = new ArrayList<>();
    for (List<String> below : leavesBelow) {
      List<String> whole = new ArrayList<>(path);
      whole.addAll(below);
      ColumnDescriptor leaf = message.getColumnDescription(whole.toArray(String[]::new));
      leaves.add(leaf);
      types.add(typeOf(leaf.getPrimitiveType()));
    }
    Optional<ValueType> type = leaves.isEmpty() ? Optional.empty() : typeOfLeaves.apply(types);
    if (type.isEmpty()) {
      unreadable.put(name, otherwise);
      return;
    }
    int presentLevel = message.getMaxDefinitionLevel(path.toArray(String[]::new));
    fields.add(new Field(name, type.get(), presentLevel > 0));
    places.add(new ParquetPlace(leaves, presentLevel));
  }

  /** The readable columns, named as the file is. */
  RowSchema schema() {
    return schema;
  }

  ParquetPlace place(String column) {
    return places.get(schema.requireIndexOf(column));
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

  private static String describe(PrimitiveType type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    return type.getPrimitiveTypeName() + (logical == null ? "" : " as " + logical);
  }

  private static Optional<ValueType> listOf(ValueType item) {
    return switch (item) {
      case INT64 -> Optional.of(ValueType.INT64_LIST);
      case FLOAT64 -> Optional.of(ValueType.FLOAT64_LIST);
      case STRING -> Optional.of(ValueType.STRING_LIST);
      case BOOL, TIMESTAMP, INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> Optional.empty();
    };
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
