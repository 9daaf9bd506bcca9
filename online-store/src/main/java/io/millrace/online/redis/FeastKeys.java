package io.millrace.online.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.feature.EntityKey;
import io.millrace.feature.Field;
import io.millrace.feature.ValueType;
import io.millrace.online.OnlineView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The key of an entity's hash: Feast's entity key, serialization version 3, numbers little-endian.
 *
 * <pre>
 * u32 number of keys
 * for each key, by name:  u32 2 | u32 length | name, UTF-8
 * for each key, by name:  u32 type | u32 length | value       STRING 2: UTF-8; INT64 4: 8 bytes
 * project, UTF-8
 * </pre>
 *
 * Illegal: keys of other types, whose bytes Feast does not define or which lose what we keep.
 */
final class FeastKeys {
  private static final int STRING = 2;
  private static final int INT64 = 4;

  private final OnlineView view;
  private final byte[] head;
  private final byte[] project;
  private final int[] order;

  /**
   * @throws IllegalArgumentException if the view's keys are not known or of other types
   */
  FeastKeys(OnlineView view, String project) {
    List<Field> keys = view.keys();
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          "the layout feast spells the key columns out, but those of "
              + view.id()
              + " are unknown");
    }
    for (Field key : keys) {
      if (key.type() != ValueType.STRING && key.type() != ValueType.INT64) {
        throw new IllegalArgumentException(
            "the layout feast has keys of STRING and INT64 only, but "
                + key.name()
                + " of "
                + view.id()
                + " is "
                + key.type()
                + "; use the layout packed");
      }
    }
    this.view = view;
    this.project = project.getBytes(UTF_8);
    this.order =
        IntStream.range(0, keys.size())
            .boxed()
            .sorted(Comparator.comparing(i -> keys.get(i).name()))
            .mapToInt(Integer::intValue)
            .toArray();
    this.head = head(keys);
  }

  private byte[] head(List<Field> keys) {
    int size = 4 + keys.stream().mapToInt(key -> 8 + key.name().getBytes(UTF_8).length).sum();
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).putInt(keys.size());
    for (int i : order) {
      byte[] name = keys.get(i).name().getBytes(UTF_8);
      out.putInt(STRING).putInt(name.length).put(name);
    }
    return out.array();
  }

  /**
   * @throws IllegalArgumentException if the key has another number of parts or one is no number
   */
  byte[] of(EntityKey key) {
    List<String> parts = key.parts();
    if (parts.size() != order.length) {
      throw new IllegalArgumentException(
          "a key of "
              + view.id()
              + " has "
              + order.length
              + " parts "
              + view.keys().stream().map(Field::name).toList()
              + ", but "
              + key
              + " has "
              + parts.size());
    }
    byte[][] values = new byte[order.length][];
    int size = head.length + project.length;
    for (int i = 0; i < order.length; i++) {
      values[i] = value(view.keys().get(order[i]), parts.get(order[i]));
      size += 8 + values[i].length;
    }
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).put(head);
    for (int i = 0; i < order.length; i++) {
      boolean number = view.keys().get(order[i]).type() == ValueType.INT64;
      out.putInt(number ? INT64 : STRING).putInt(values[i].length).put(values[i]);
    }
    return out.put(project).array();
  }

  private byte[] value(Field key, String part) {
    if (key.type() == ValueType.STRING) {
      return part.getBytes(UTF_8);
    }
    try {
      ByteBuffer number = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      return number.putLong(Long.parseLong(part)).array();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "the key " + key.name() + " of " + view.id() + " is a whole number, but it is " + part,
          e);
    }
  }
}
