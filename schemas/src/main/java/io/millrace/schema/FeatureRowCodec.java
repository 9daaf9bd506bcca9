package io.millrace.schema;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.nio.ByteBuffer;

/**
 * One view's rows as the packed values of the online store. View and key are not in the value: the
 * store's key says them. Numbers are big-endian:
 *
 * <pre>
 * offset   bytes
 * 0        1             version, 1
 * 1        4             fingerprint: the first 4 bytes of the {@link FeatureContract} hash of the
 *                        view's columns, their names and types in order
 * 5        8             asOfMs
 * 13       8             lastEventMs
 * 21       8             sequence
 * 29       (columns+7)/8 presence: bit i % 8 of byte i / 8 is 1 where column i is not null
 * ..       8 each        the primitive columns in order: a long, a double's IEEE 754 bits, a
 *                        boolean's 0 or 1; 0 where null
 * ..       4 + n each    the other columns that are not null, in order. A text: the number of bytes,
 *                        the UTF-8 bytes. A list: the number of items, each 8 bytes as above or a
 *                        text. A map: the number of entries, each a text and a double, the texts
 *                        ascending as Java's strings do
 * </pre>
 *
 * Illegal, and refused: another version, another fingerprint, a presence bit beyond the columns, a
 * primitive other than 0 where null, a boolean other than 0 and 1, text that is not UTF-8, keys
 * that do not ascend, too few bytes, bytes after the last value. Immutable and thread-safe.
 *
 * <pre>
 * FeatureRowCodec codec = new FeatureRowCodec(aggregator.rowSchema());
 * byte[] packed = codec.encode(row);
 * FeatureRow back = codec.decode(row.view(), row.key(), packed);
 * </pre>
 */
public final class FeatureRowCodec {
  private static final byte VERSION = 1;
  private static final int FINGERPRINT_AT = 1;
  private static final int AS_OF_AT = 5;
  private static final int LAST_EVENT_AT = 13;
  private static final int SEQUENCE_AT = 21;
  private static final int PRESENCE_AT = 29;

  private final RowSchema schema;
  private final ValueType[] types;
  private final int fingerprint;
  private final int primitivesAt;
  private final int objectsAt;

  public FeatureRowCodec(RowSchema schema) {
    this.schema = schema;
    this.types = schema.fields().stream().map(Field::type).toArray(ValueType[]::new);
    this.fingerprint = FeatureContract.of(schema).fingerprint();
    this.primitivesAt = PRESENCE_AT + (types.length + 7) / 8;
    int primitives = 0;
    for (ValueType type : types) {
      primitives += type.isPrimitive() ? 1 : 0;
    }
    this.objectsAt = primitivesAt + 8 * primitives;
  }

  /**
   * @throws IllegalArgumentException if the row has another number of columns
   */
  public byte[] encode(FeatureRow row) {
    Values values = row.values();
    if (values.size() != types.length) {
      throw new IllegalArgumentException(
          "a row of "
              + schema.name()
              + " has "
              + types.length
              + " columns, but that of "
              + row.view()
              + " and key "
              + row.key()
              + " has "
              + values.size());
    }
    byte[][] objects = new byte[types.length][];
    int size = objectsAt;
    for (int i = 0; i < types.length; i++) {
      if (!types[i].isPrimitive() && !values.isNull(i)) {
        objects[i] = PackedObjects.encode(types[i], values.objectAt(i));
        size += objects[i].length;
      }
    }
    byte[] packed = new byte[size];
    ByteBuffer buffer = ByteBuffer.wrap(packed);
    buffer.put(VERSION).putInt(fingerprint);
    buffer.putLong(row.asOfMs()).putLong(row.lastEventMs()).putLong(row.sequence());
    buffer.position(primitivesAt);
    for (int i = 0; i < types.length; i++) {
      boolean present = !values.isNull(i);
      if (present) {
        packed[PRESENCE_AT + i / 8] |= (byte) (1 << (i % 8));
      }
      if (types[i].isPrimitive()) {
        buffer.putLong(present ? values.bitsAt(i) : 0);
      }
    }
    for (byte[] object : objects) {
      if (object != null) {
        buffer.put(object);
      }
    }
    return packed;
  }

  /**
   * @throws IllegalArgumentException naming view and key, if the value is none of this codec's
   */
  public FeatureRow decode(String view, EntityKey key, byte[] packed) {
    if (packed.length > 0 && packed[0] != VERSION) {
      throw refused(
          view,
          key,
          "its version is "
              + (packed[0] & 0xFF)
              + ", but this Millrace reads version "
              + VERSION
              + "; read it with the Millrace that wrote it, or write the view anew");
    }
    if (packed.length < objectsAt) {
      throw refused(
          view,
          key,
          "it has " + packed.length + " bytes, but " + objectsAt + " at least are needed");
    }
    ByteBuffer buffer = ByteBuffer.wrap(packed);
    int written = buffer.getInt(FINGERPRINT_AT);
    if (written != fingerprint) {
      throw refused(
          view,
          key,
          String.format(
              "it was written for other columns (fingerprint %08x) than %s (fingerprint %08x); give"
                  + " a view whose columns change a new version",
              written, schema, fingerprint));
    }
    Values values = new Values(types.length);
    buffer.position(primitivesAt);
    for (int i = 0; i < types.length; i++) {
      if (types[i].isPrimitive()) {
        long bits = buffer.getLong();
        if (present(packed, i)) {
          setPrimitive(view, key, values, i, bits);
        } else if (bits != 0) {
          throw refused(view, key, schema.field(i).name() + " is null, but its bytes are not 0");
        }
      }
    }
    for (int i = 0; i < types.length; i++) {
      if (!types[i].isPrimitive() && present(packed, i)) {
        try {
          PackedObjects.decode(types[i], schema.field(i).name(), buffer, values, i);
        } catch (IllegalArgumentException e) {
          throw refused(view, key, e.getMessage());
        }
      }
    }
    for (int i = types.length; i < 8 * (primitivesAt - PRESENCE_AT); i++) {
      if (present(packed, i)) {
        throw refused(view, key, "it says that column " + i + " of " + types.length + " is there");
      }
    }
    if (buffer.hasRemaining()) {
      throw refused(view, key, buffer.remaining() + " bytes follow its last value");
    }
    return new FeatureRow(
        view,
        key,
        buffer.getLong(AS_OF_AT),
        buffer.getLong(LAST_EVENT_AT),
        buffer.getLong(SEQUENCE_AT),
        values);
  }

  /**
   * The {@code asOfMs} of a packed row of any view.
   *
   * @throws IllegalArgumentException if it is no packed row of this version
   */
  public static long asOfMs(byte[] packed) {
    return headerLong(packed, AS_OF_AT);
  }

  /**
   * The {@code lastEventMs} of a packed row of any view.
   *
   * @throws IllegalArgumentException if it is no packed row of this version
   */
  public static long lastEventMs(byte[] packed) {
    return headerLong(packed, LAST_EVENT_AT);
  }

  /**
   * The sequence of a packed row of any view.
   *
   * @throws IllegalArgumentException if it is no packed row of this version
   */
  public static long sequence(byte[] packed) {
    return headerLong(packed, SEQUENCE_AT);
  }

  private static long headerLong(byte[] packed, int at) {
    if (packed.length < PRESENCE_AT || packed[0] != VERSION) {
      throw new IllegalArgumentException(
          "no packed row of version "
              + VERSION
              + ": "
              + packed.length
              + " bytes"
              + (packed.length == 0 ? "" : ", the first of them " + (packed[0] & 0xFF)));
    }
    return ByteBuffer.wrap(packed).getLong(at);
  }

  private static boolean present(byte[] packed, int column) {
    return (packed[PRESENCE_AT + column / 8] & (1 << (column % 8))) != 0;
  }

  private void setPrimitive(String view, EntityKey key, Values values, int column, long bits) {
    switch (types[column]) {
      case FLOAT64 -> values.setDouble(column, Double.longBitsToDouble(bits));
      case BOOL -> {
        if (bits != 0 && bits != 1) {
          throw refused(
              view, key, schema.field(column).name() + " is BOOL, but its number is " + bits);
        }
        values.setBoolean(column, bits == 1);
      }
      default -> values.setLong(column, bits);
    }
  }

  private static IllegalArgumentException refused(String view, EntityKey key, String why) {
    return new IllegalArgumentException(
        "the stored value of view " + view + " and key " + key + " cannot be read: " + why);
  }
}
