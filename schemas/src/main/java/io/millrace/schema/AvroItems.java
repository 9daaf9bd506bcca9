package io.millrace.schema;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.Encoder;

/**
 * What an Avro array or map holds: how its items are read as the values of a list or map column,
 * and written. Lists and maps hold no nulls and {@value AvroRows#MOST_ITEMS} items at most; what
 * breaks that is refused with the column and the item's place. Immutable and thread-safe.
 *
 * @param kind the Avro type of an item
 * @param union whether an item is a union with null, so that a branch number stands before it
 * @param valueBranch the number of the value's branch, where an item is a union
 */
record AvroItems(Schema.Type kind, boolean union, int valueBranch) {
  /** For columns that are neither array nor map. */
  static final AvroItems NONE = new AvroItems(Schema.Type.NULL, false, 0);

  /** The items of an array or map schema, or a kind that makes no column where they are none. */
  static AvroItems of(Schema item) {
    if (item.getType() == Schema.Type.UNION) {
      List<Schema> branches = item.getTypes();
      for (int i = 0; i < branches.size() && branches.size() == 2; i++) {
        if (branches.get(1 - i).getType() == Schema.Type.NULL) {
          return new AvroItems(kindOf(branches.get(i)), true, i);
        }
      }
      return NONE;
    }
    return new AvroItems(kindOf(item), false, 0);
  }

  // A timestamp would lose its meaning in a list of numbers.
  private static Schema.Type kindOf(Schema item) {
    return item.getProp("logicalType") == null ? item.getType() : Schema.Type.NULL;
  }

  /**
   * @throws IOException naming the column, at a null item or too many
   */
  List<Object> readArray(String column, Decoder from) throws IOException {
    List<Object> list = new ArrayList<>();
    for (long block = from.readArrayStart(); block > 0; block = from.arrayNext()) {
      requireFew(column, list.size() + block);
      for (long i = 0; i < block; i++) {
        requirePresent(column, list.size(), from);
        list.add(read(from));
      }
    }
    return list;
  }

  /**
   * @throws IOException naming the column, at a null value, the same key twice or too many
   */
  Map<String, Double> readMap(String column, Decoder from) throws IOException {
    Map<String, Double> map = new TreeMap<>();
    for (long block = from.readMapStart(); block > 0; block = from.mapNext()) {
      requireFew(column, map.size() + block);
      for (long i = 0; i < block; i++) {
        String key = from.readString();
        requirePresent(column, key, from);
        if (map.put(key, (Double) read(from)) != null) {
          throw new IOException(column + " has the key " + key + " twice");
        }
      }
    }
    return map;
  }

  /**
   * @throws IllegalArgumentException naming the column, at an item that is too large or too many
   */
  void writeList(Schema avro, AvroColumn column, List<?> list, Encoder to) throws IOException {
    requireWritable(avro, column, list.size());
    to.writeArrayStart();
    to.setItemCount(list.size());
    for (Object item : list) {
      to.startItem();
      write(avro, column, item, to);
    }
    to.writeArrayEnd();
  }

  /**
   * @throws IllegalArgumentException naming the column, at too many items
   */
  void writeMap(Schema avro, AvroColumn column, Map<?, ?> map, Encoder to) throws IOException {
    requireWritable(avro, column, map.size());
    to.writeMapStart();
    to.setItemCount(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      to.startItem();
      to.writeString((String) entry.getKey());
      write(avro, column, entry.getValue(), to);
    }
    to.writeMapEnd();
  }

  /**
   * An item as Avro's generic records hold it.
   *
   * @throws IllegalArgumentException naming the column, if it is too large
   */
  Object toAvro(Schema avro, AvroColumn column, Object item) {
    return switch (kind) {
      case INT -> AvroTypes.requireInt(avro, column, (Long) item);
      case FLOAT -> ((Double) item).floatValue();
      default -> item;
    };
  }

  /**
   * @throws IllegalArgumentException naming the column, if there are too many
   */
  static void requireWritable(Schema avro, AvroColumn column, int items) {
    if (items > AvroRows.MOST_ITEMS) {
      throw new IllegalArgumentException(tooMany(avro.getFullName() + "." + column.name(), items));
    }
  }

  private Object read(Decoder from) throws IOException {
    return switch (kind) {
      case INT -> (long) from.readInt();
      case LONG -> from.readLong();
      case FLOAT -> (double) from.readFloat();
      case DOUBLE -> from.readDouble();
      case STRING -> from.readString();
      default -> throw new IllegalStateException("no list is of the kind " + kind);
    };
  }

  private void write(Schema avro, AvroColumn column, Object item, Encoder to) throws IOException {
    if (union) {
      to.writeIndex(valueBranch);
    }
    switch (kind) {
      case INT -> to.writeInt(AvroTypes.requireInt(avro, column, (Long) item));
      case LONG -> to.writeLong((Long) item);
      case FLOAT -> to.writeFloat(((Double) item).floatValue());
      case DOUBLE -> to.writeDouble((Double) item);
      case STRING -> to.writeString((String) item);
      default -> throw new IllegalStateException("no list is of the kind " + kind);
    }
  }

  private void requirePresent(String column, Object at, Decoder from) throws IOException {
    if (!union) {
      return;
    }
    int branch = from.readIndex();
    if (branch == 1 - valueBranch) {
      throw new IOException(column + "[" + at + "] is null, but a list or map holds no nulls");
    }
    if (branch != valueBranch) {
      throw new IOException(column + "[" + at + "] has no branch " + branch + " in its union");
    }
  }

  private static void requireFew(String column, long items) throws IOException {
    if (items > AvroRows.MOST_ITEMS) {
      throw new IOException(tooMany(column, items));
    }
  }

  private static String tooMany(String column, long items) {
    return column
        + " has "
        + items
        + " items, but a list or map has "
        + AvroRows.MOST_ITEMS
        + " at most";
  }
}
