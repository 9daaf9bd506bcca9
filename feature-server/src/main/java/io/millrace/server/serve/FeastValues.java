package io.millrace.server.serve;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import io.millrace.server.serve.feast.proto.ValueProto.DoubleList;
import io.millrace.server.serve.feast.proto.ValueProto.Int64List;
import io.millrace.server.serve.feast.proto.ValueProto.RepeatedValue;
import io.millrace.server.serve.feast.proto.ValueProto.StringList;
import io.millrace.server.serve.feast.proto.ValueProto.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Values as {@code feast.types.Value} and back. */
final class FeastValues {
  private static final Value NULL = Value.getDefaultInstance();

  private FeastValues() {}

  /** A value; one without a member where it is null, as Feast's servers send it. */
  static Value of(Row row, int index, ValueType type) {
    if (row.isNull(index)) {
      return NULL;
    }
    Value.Builder value = Value.newBuilder();
    switch (type) {
      case INT64 -> value.setInt64Val(row.longAt(index));
      case FLOAT64 -> value.setDoubleVal(row.doubleAt(index));
      case BOOL -> value.setBoolVal(row.booleanAt(index));
      case STRING -> value.setStringVal(row.textAt(index));
      case TIMESTAMP -> value.setUnixTimestampVal(Math.floorDiv(row.longAt(index), 1000));
      case INT64_LIST -> {
        Int64List.Builder list = Int64List.newBuilder();
        ((List<?>) row.objectAt(index)).forEach(item -> list.addVal((Long) item));
        value.setInt64ListVal(list);
      }
      case FLOAT64_LIST -> {
        DoubleList.Builder list = DoubleList.newBuilder();
        ((List<?>) row.objectAt(index)).forEach(item -> list.addVal((Double) item));
        value.setDoubleListVal(list);
      }
      case STRING_LIST -> {
        StringList.Builder list = StringList.newBuilder();
        ((List<?>) row.objectAt(index)).forEach(item -> list.addVal((String) item));
        value.setStringListVal(list);
      }
      case FLOAT64_MAP -> {
        io.millrace.server.serve.feast.proto.ValueProto.Map.Builder map =
            io.millrace.server.serve.feast.proto.ValueProto.Map.newBuilder();
        ((Map<?, ?>) row.objectAt(index))
            .forEach(
                (key, item) ->
                    map.putVal(
                        key.toString(), Value.newBuilder().setDoubleVal((Double) item).build()));
        value.setMapVal(map);
      }
    }
    return value.build();
  }

  /**
   * A column as {@link FeatureQuery} takes it.
   *
   * @throws Refusal if a value is of a kind that no column has
   */
  static List<Object> boxed(String place, RepeatedValue values) {
    List<Object> column = new ArrayList<>(values.getValCount());
    for (Value value : values.getValList()) {
      column.add(boxed(place, column.size(), value));
    }
    return column;
  }

  private static Object boxed(String place, int row, Value value) {
    return switch (value.getValCase()) {
      case STRING_VAL -> value.getStringVal();
      case INT32_VAL -> (long) value.getInt32Val();
      case INT64_VAL -> value.getInt64Val();
      case DOUBLE_VAL -> value.getDoubleVal();
      case FLOAT_VAL -> (double) value.getFloatVal();
      case BOOL_VAL -> value.getBoolVal();
      case UNIX_TIMESTAMP_VAL -> instant(place, row, value.getUnixTimestampVal());
      case STRING_LIST_VAL -> List.copyOf(value.getStringListVal().getValList());
      case INT32_LIST_VAL ->
          value.getInt32ListVal().getValList().stream().map(Integer::longValue).toList();
      case INT64_LIST_VAL -> List.copyOf(value.getInt64ListVal().getValList());
      case DOUBLE_LIST_VAL -> List.copyOf(value.getDoubleListVal().getValList());
      case FLOAT_LIST_VAL ->
          value.getFloatListVal().getValList().stream().map(Float::doubleValue).toList();
      case NULL_VAL -> null;
      case VAL_NOT_SET -> {
        if (!value.getUnknownFields().isEmpty()) {
          throw unusable(place, row, "of a kind that is not known here");
        }
        yield null;
      }
      default ->
          throw unusable(place, row, value.getValCase().name().toLowerCase(java.util.Locale.ROOT));
    };
  }

  private static Instant instant(String place, int row, long seconds) {
    if (seconds < Instant.MIN.getEpochSecond() / 1000
        || seconds > Instant.MAX.getEpochSecond() / 1000) {
      throw Refusal.invalid(
          place
              + "["
              + row
              + "] is the unix_timestamp "
              + seconds
              + ", which is beyond all calendars; send seconds since 1970");
    }
    return Instant.ofEpochSecond(seconds);
  }

  private static Refusal unusable(String place, int row, String what) {
    return Refusal.invalid(
        place
            + "["
            + row
            + "] is a value "
            + what
            + ", which no column is; send a string, int64, double, bool or unix_timestamp");
  }
}
