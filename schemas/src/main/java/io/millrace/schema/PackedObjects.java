package io.millrace.schema;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Texts, lists and maps of a packed row; {@link FeatureRowCodec} draws their layout. Every refusal
 * is an {@link IllegalArgumentException} with the column and the byte. Stateless.
 */
final class PackedObjects {
  private PackedObjects() {}

  static byte[] encode(ValueType type, Object value) {
    return switch (type) {
      case STRING -> text((String) value);
      case INT64_LIST -> {
        List<?> list = (List<?>) value;
        ByteBuffer packed = sized(list.size(), Long.BYTES);
        list.forEach(item -> packed.putLong((Long) item));
        yield packed.array();
      }
      case FLOAT64_LIST -> {
        List<?> list = (List<?>) value;
        ByteBuffer packed = sized(list.size(), Double.BYTES);
        list.forEach(item -> packed.putLong(Double.doubleToRawLongBits((Double) item)));
        yield packed.array();
      }
      case STRING_LIST -> {
        List<?> list = (List<?>) value;
        List<byte[]> items = new ArrayList<>();
        list.forEach(item -> items.add(text((String) item)));
        yield joined(list.size(), items);
      }
      case FLOAT64_MAP -> {
        Map<?, ?> map = (Map<?, ?>) value;
        List<byte[]> items = new ArrayList<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          items.add(text((String) entry.getKey()));
          long bits = Double.doubleToRawLongBits((Double) entry.getValue());
          items.add(ByteBuffer.allocate(Double.BYTES).putLong(bits).array());
        }
        yield joined(map.size(), items);
      }
      case INT64, FLOAT64, BOOL, TIMESTAMP ->
          throw new IllegalStateException(type + " is packed in 8 bytes");
    };
  }

  static void decode(ValueType type, String column, ByteBuffer from, Values values, int index) {
    switch (type) {
      case STRING -> values.setText(index, text(column, from));
      case INT64_LIST -> {
        int items = items(column, from, Long.BYTES);
        List<Long> list = new ArrayList<>(items);
        for (int i = 0; i < items; i++) {
          list.add(from.getLong());
        }
        values.setList(index, list);
      }
      case FLOAT64_LIST -> {
        int items = items(column, from, Double.BYTES);
        List<Double> list = new ArrayList<>(items);
        for (int i = 0; i < items; i++) {
          list.add(Double.longBitsToDouble(from.getLong()));
        }
        values.setList(index, list);
      }
      case STRING_LIST -> {
        int items = items(column, from, Integer.BYTES);
        List<String> list = new ArrayList<>(items);
        for (int i = 0; i < items; i++) {
          list.add(text(column, from));
        }
        values.setList(index, list);
      }
      case FLOAT64_MAP -> values.setMap(index, map(column, from));
      case INT64, FLOAT64, BOOL, TIMESTAMP ->
          throw new IllegalStateException(type + " is packed in 8 bytes");
    }
  }

  private static Map<String, Double> map(String column, ByteBuffer from) {
    int items = items(column, from, Integer.BYTES + Double.BYTES);
    TreeMap<String, Double> map = new TreeMap<>();
    for (int i = 0; i < items; i++) {
      String key = text(column, from);
      if (!map.isEmpty() && map.lastKey().compareTo(key) >= 0) {
        throw new IllegalArgumentException(
            "the keys of " + column + " do not ascend: " + key + " follows " + map.lastKey());
      }
      if (from.remaining() < Double.BYTES) {
        throw cutOff("map", column, from);
      }
      map.put(key, Double.longBitsToDouble(from.getLong()));
    }
    return map;
  }

  // The count is believed only if so many of the smallest items fit into what is left.
  private static int items(String column, ByteBuffer from, int itemBytes) {
    int items = from.remaining() < Integer.BYTES ? -1 : from.getInt();
    if (items < 0 || items > from.remaining() / itemBytes) {
      throw cutOff("list", column, from);
    }
    return items;
  }

  private static String text(String column, ByteBuffer from) {
    int length = from.remaining() < Integer.BYTES ? -1 : from.getInt();
    if (length < 0 || length > from.remaining()) {
      throw cutOff("text", column, from);
    }
    ByteBuffer bytes = from.slice(from.position(), length);
    from.position(from.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the text of " + column + " is not UTF-8", e);
    }
  }

  private static byte[] text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Integer.BYTES + utf8.length).putInt(utf8.length).put(utf8).array();
  }

  private static ByteBuffer sized(int items, int itemBytes) {
    return ByteBuffer.allocate(Math.addExact(Integer.BYTES, Math.multiplyExact(items, itemBytes)))
        .putInt(items);
  }

  private static byte[] joined(int count, List<byte[]> items) {
    int size = Integer.BYTES;
    for (byte[] item : items) {
      size = Math.addExact(size, item.length);
    }
    ByteBuffer packed = ByteBuffer.allocate(size).putInt(count);
    items.forEach(packed::put);
    return packed.array();
  }

  private static IllegalArgumentException cutOff(String what, String column, ByteBuffer from) {
    return new IllegalArgumentException(
        "the " + what + " of " + column + " is cut off at byte " + from.position());
  }
}
