package io.millrace.online.redis;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.nio.BufferUnderflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Values as serialized {@code feast.types.Value}, and times as {@code google.protobuf.Timestamp}.
 *
 * <pre>
 * INT64, TIMESTAMP  int64_val = 4      INT64_LIST    int64_list_val = 14 {repeated int64 val = 1}
 * FLOAT64           double_val = 5     FLOAT64_LIST  double_list_val = 15 {repeated double val = 1}
 * STRING            string_val = 2     STRING_LIST   string_list_val = 12 {repeated string val = 1}
 * BOOL              bool_val = 7       FLOAT64_MAP   map_val = 20 {map&lt;string, Value&gt; val = 1}
 * null              no bytes
 * </pre>
 *
 * <p>A TIMESTAMP is an int64 of milliseconds: Feast's own unix_timestamp counts seconds and would
 * lose the rest. What Feast itself wrote is read too: int32, float, unix_timestamp.
 */
final class FeastValues {
  private static final int STRING = 2;
  private static final int INT32 = 3;
  private static final int INT64 = 4;
  private static final int DOUBLE = 5;
  private static final int FLOAT = 6;
  private static final int BOOL = 7;
  private static final int UNIX_TIMESTAMP = 8;
  private static final int STRING_LIST = 12;
  private static final int INT64_LIST = 14;
  private static final int DOUBLE_LIST = 15;
  private static final int MAP = 20;
  private static final int NANOS_PER_MS = 1_000_000;

  private FeastValues() {}

  static byte[] encode(ValueType type, Values values, int column) {
    Protobuf.Writer out = new Protobuf.Writer();
    if (values.isNull(column)) {
      return out.done();
    }
    switch (type) {
      case INT64, TIMESTAMP -> out.tag(INT64, Protobuf.VARINT).varint(values.longAt(column));
      case FLOAT64 -> out.tag(DOUBLE, Protobuf.FIXED64).fixed64(values.doubleAt(column));
      case STRING -> out.text(STRING, values.textAt(column));
      case BOOL -> out.tag(BOOL, Protobuf.VARINT).varint(values.booleanAt(column) ? 1 : 0);
      case INT64_LIST -> out.bytes(INT64_LIST, longs((List<?>) values.objectAt(column)));
      case FLOAT64_LIST -> out.bytes(DOUBLE_LIST, doubles((List<?>) values.objectAt(column)));
      case STRING_LIST -> out.bytes(STRING_LIST, texts((List<?>) values.objectAt(column)));
      case FLOAT64_MAP -> out.bytes(MAP, map((Map<?, ?>) values.objectAt(column)));
    }
    return out.done();
  }

  private static byte[] longs(List<?> list) {
    Protobuf.Writer items = new Protobuf.Writer();
    list.forEach(item -> items.varint((Long) item));
    return packed(items.done());
  }

  private static byte[] doubles(List<?> list) {
    Protobuf.Writer items = new Protobuf.Writer();
    list.forEach(item -> items.fixed64((Double) item));
    return packed(items.done());
  }

  private static byte[] packed(byte[] items) {
    Protobuf.Writer list = new Protobuf.Writer();
    return items.length == 0 ? items : list.bytes(1, items).done();
  }

  private static byte[] texts(List<?> list) {
    Protobuf.Writer items = new Protobuf.Writer();
    list.forEach(item -> items.text(1, (String) item));
    return items.done();
  }

  private static byte[] map(Map<?, ?> map) {
    Protobuf.Writer entries = new Protobuf.Writer();
    map.forEach(
        (key, value) -> {
          Protobuf.Writer item = new Protobuf.Writer();
          item.tag(DOUBLE, Protobuf.FIXED64).fixed64((Double) value);
          entries.bytes(
              1, new Protobuf.Writer().text(1, (String) key).bytes(2, item.done()).done());
        });
    return entries.done();
  }

  /**
   * Reads a value into a column.
   *
   * @throws IllegalArgumentException if it is no value or one of another type
   */
  static void decode(byte[] bytes, ValueType type, Values values, int column) {
    try {
      Protobuf.Reader in = new Protobuf.Reader(bytes);
      while (in.hasMore()) {
        set(in, in.field(), type, values, column);
      }
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("it ends too early", e);
    }
  }

  private static void set(
      Protobuf.Reader in, int field, ValueType type, Values values, int column) {
    switch (field) {
      case INT32, INT64 -> {
        require(type == ValueType.INT64 || type == ValueType.TIMESTAMP, field, type);
        values.setLong(column, in.varint());
      }
      case UNIX_TIMESTAMP -> {
        require(type == ValueType.TIMESTAMP, field, type);
        values.setLong(column, Math.multiplyExact(in.varint(), 1_000L));
      }
      case DOUBLE, FLOAT -> {
        require(type == ValueType.FLOAT64, field, type);
        values.setDouble(column, field == DOUBLE ? in.fixed64() : in.fixed32());
      }
      case STRING -> {
        require(type == ValueType.STRING, field, type);
        values.setText(column, in.text());
      }
      case BOOL -> {
        require(type == ValueType.BOOL, field, type);
        values.setBoolean(column, in.varint() != 0);
      }
      case INT64_LIST -> {
        require(type == ValueType.INT64_LIST, field, type);
        values.setList(column, longs(in.message()));
      }
      case DOUBLE_LIST -> {
        require(type == ValueType.FLOAT64_LIST, field, type);
        values.setList(column, doubles(in.message()));
      }
      case STRING_LIST -> {
        require(type == ValueType.STRING_LIST, field, type);
        List<String> texts = new ArrayList<>();
        Protobuf.Reader list = in.message();
        while (list.hasMore()) {
          list.field();
          texts.add(list.text());
        }
        values.setList(column, texts);
      }
      case MAP -> {
        require(type == ValueType.FLOAT64_MAP, field, type);
        values.setMap(column, map(in.message()));
      }
      default -> throw new IllegalArgumentException("its kind is " + field + ", not " + type);
    }
  }

  private static void require(boolean right, int field, ValueType type) {
    if (!right) {
      throw new IllegalArgumentException("its kind is " + field + ", not " + type);
    }
  }

  private static List<Long> longs(Protobuf.Reader list) {
    List<Long> items = new ArrayList<>();
    while (list.hasMore()) {
      list.field();
      if (list.wireType() == Protobuf.VARINT) {
        items.add(list.varint());
      } else {
        Protobuf.Reader packed = list.message();
        while (packed.hasMore()) {
          items.add(packed.varint());
        }
      }
    }
    return items;
  }

  private static List<Double> doubles(Protobuf.Reader list) {
    List<Double> items = new ArrayList<>();
    while (list.hasMore()) {
      list.field();
      if (list.wireType() == Protobuf.FIXED64) {
        items.add(list.fixed64());
      } else {
        Protobuf.Reader packed = list.message();
        while (packed.hasMore()) {
          items.add(packed.fixed64());
        }
      }
    }
    return items;
  }

  private static Map<String, Double> map(Protobuf.Reader entries) {
    Map<String, Double> map = new TreeMap<>();
    while (entries.hasMore()) {
      entries.field();
      Protobuf.Reader entry = entries.message();
      String key = "";
      Values value = new Values(1);
      while (entry.hasMore()) {
        if (entry.field() == 1) {
          key = entry.text();
        } else {
          Protobuf.Reader item = entry.message();
          while (item.hasMore()) {
            set(item, item.field(), ValueType.FLOAT64, value, 0);
          }
        }
      }
      map.put(key, value.doubleAt(0));
    }
    return map;
  }

  static byte[] timestamp(long ms) {
    Protobuf.Writer out = new Protobuf.Writer();
    long seconds = Math.floorDiv(ms, 1_000L);
    int nanos = Math.floorMod(ms, 1_000) * NANOS_PER_MS;
    if (seconds != 0) {
      out.tag(1, Protobuf.VARINT).varint(seconds);
    }
    if (nanos != 0) {
      out.tag(2, Protobuf.VARINT).varint(nanos);
    }
    return out.done();
  }

  static long millis(byte[] timestamp) {
    Protobuf.Reader in = new Protobuf.Reader(timestamp);
    long ms = 0;
    while (in.hasMore()) {
      switch (in.field()) {
        case 1 -> ms += in.varint() * 1_000;
        case 2 -> ms += in.varint() / NANOS_PER_MS;
        default -> in.skip();
      }
    }
    return ms;
  }
}
