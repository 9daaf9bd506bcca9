package io.millrace.offline.parquet;

import io.millrace.feature.ValueType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** A column of a file that {@link ValuesWriter} writes; null is always allowed. */
public record OutputColumn(String name, Kind kind) {
  /** What a value is, in a row and in the file. */
  public enum Kind {
    INT64,
    FLOAT64,
    BOOL,
    STRING,
    /** A long of milliseconds since 1970, UTC. */
    MILLIS,
    /** A long of microseconds since 1970, UTC. */
    MICROS,
    /** A long of days since 1970. */
    DATE,
    INT64_LIST,
    FLOAT64_LIST,
    STRING_LIST,
    FLOAT64_MAP
  }

  /** A column of values as rows hold them: instants are milliseconds. */
  public static OutputColumn of(String name, ValueType type) {
    return new OutputColumn(
        name,
        switch (type) {
          case INT64 -> Kind.INT64;
          case FLOAT64 -> Kind.FLOAT64;
          case BOOL -> Kind.BOOL;
          case STRING -> Kind.STRING;
          case TIMESTAMP -> Kind.MILLIS;
          case INT64_LIST -> Kind.INT64_LIST;
          case FLOAT64_LIST -> Kind.FLOAT64_LIST;
          case STRING_LIST -> Kind.STRING_LIST;
          case FLOAT64_MAP -> Kind.FLOAT64_MAP;
        });
  }

  Type parquet() {
    return switch (kind) {
      case INT64 -> Types.optional(PrimitiveTypeName.INT64).named(name);
      case FLOAT64 -> Types.optional(PrimitiveTypeName.DOUBLE).named(name);
      case BOOL -> Types.optional(PrimitiveTypeName.BOOLEAN).named(name);
      case STRING ->
          Types.optional(PrimitiveTypeName.BINARY)
              .as(LogicalTypeAnnotation.stringType())
              .named(name);
      case MILLIS -> instant(TimeUnit.MILLIS);
      case MICROS -> instant(TimeUnit.MICROS);
      case DATE ->
          Types.optional(PrimitiveTypeName.INT32).as(LogicalTypeAnnotation.dateType()).named(name);
      case INT64_LIST -> Types.optionalList().requiredElement(PrimitiveTypeName.INT64).named(name);
      case FLOAT64_LIST ->
          Types.optionalList().requiredElement(PrimitiveTypeName.DOUBLE).named(name);
      case STRING_LIST ->
          Types.optionalList()
              .requiredElement(PrimitiveTypeName.BINARY)
              .as(LogicalTypeAnnotation.stringType())
              .named(name);
      case FLOAT64_MAP ->
          Types.optionalMap()
              .key(PrimitiveTypeName.BINARY)
              .as(LogicalTypeAnnotation.stringType())
              .requiredValue(PrimitiveTypeName.DOUBLE)
              .named(name);
    };
  }

  private Type instant(TimeUnit unit) {
    return Types.optional(PrimitiveTypeName.INT64)
        .as(LogicalTypeAnnotation.timestampType(true, unit))
        .named(name);
  }
}
