package io.millrace.feature;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A row held in arrays: 64 bits for each primitive, a reference for each text, list or map.
 * Primitive values are never boxed. Not thread-safe while it is being filled; afterwards it must
 * not be changed.
 */
public final class Values implements Row {
  private static final int MOST_SHOWN = 16;

  private final long[] bits;
  private final Object[] objects;
  private final boolean[] present;

  /** A row of {@code size} nulls. */
  public Values(int size) {
    this.bits = new long[size];
    this.objects = new Object[size];
    this.present = new boolean[size];
  }

  /**
   * A row of boxed values, for tests and borders: Integer and Long become INT64, Float and Double
   * FLOAT64, Boolean BOOL, CharSequence STRING, {@code java.time.Instant} TIMESTAMP, List a list of
   * Long, Double or String after the same rules, Map a map of Double, null null.
   */
  public static Values of(Object... boxed) {
    Values values = new Values(boxed.length);
    for (int i = 0; i < boxed.length; i++) {
      values.setBoxed(i, boxed[i]);
    }
    return values;
  }

  private Values(long[] bits, Object[] objects, boolean[] present) {
    this.bits = bits;
    this.objects = objects;
    this.present = present;
  }

  /** The same values, in arrays of their own. */
  public Values copy() {
    return new Values(bits.clone(), objects.clone(), present.clone());
  }

  public int size() {
    return bits.length;
  }

  @Override
  public boolean isNull(int index) {
    return !present[index];
  }

  @Override
  public long longAt(int index) {
    return bits[index];
  }

  @Override
  public double doubleAt(int index) {
    return Double.longBitsToDouble(bits[index]);
  }

  @Override
  public boolean booleanAt(int index) {
    return bits[index] != 0;
  }

  @Override
  public String textAt(int index) {
    return (String) objects[index];
  }

  @Override
  public Object objectAt(int index) {
    return objects[index];
  }

  /** The 64 bits that hold a primitive: the long, the raw bits of the double, or 0 and 1. */
  public long bitsAt(int index) {
    return bits[index];
  }

  public void setNull(int index) {
    present[index] = false;
    bits[index] = 0;
    objects[index] = null;
  }

  public void setLong(int index, long value) {
    present[index] = true;
    bits[index] = value;
  }

  public void setDouble(int index, double value) {
    present[index] = true;
    bits[index] = Double.doubleToRawLongBits(value);
  }

  public void setBoolean(int index, boolean value) {
    present[index] = true;
    bits[index] = value ? 1 : 0;
  }

  public void setText(int index, String value) {
    present[index] = true;
    objects[index] = value;
  }

  /** A list without nulls of Long, Double or String; it is copied. */
  public void setList(int index, List<?> value) {
    present[index] = true;
    objects[index] = List.copyOf(value);
  }

  /** A map of Double without nulls; it is copied, in the order of its keys. */
  public void setMap(int index, Map<String, Double> value) {
    present[index] = true;
    objects[index] = Collections.unmodifiableSortedMap(new TreeMap<>(value));
  }

  /** Copies one value of another row of the same type. */
  public void copyFrom(int index, Values from, int fromIndex) {
    present[index] = from.present[fromIndex];
    bits[index] = from.bits[fromIndex];
    objects[index] = from.objects[fromIndex];
  }

  /** Sets a value by its Java type; see {@link #of}. */
  public void setBoxed(int index, Object value) {
    if (value == null) {
      setNull(index);
    } else if (value instanceof Integer || value instanceof Long) {
      setLong(index, ((Number) value).longValue());
    } else if (value instanceof Float || value instanceof Double) {
      setDouble(index, ((Number) value).doubleValue());
    } else if (value instanceof Boolean b) {
      setBoolean(index, b);
    } else if (value instanceof CharSequence text) {
      setText(index, text.toString());
    } else if (value instanceof List<?> list) {
      setList(index, list.stream().map(item -> listItem(item, index)).toList());
    } else if (value instanceof Map<?, ?> map) {
      setMap(index, doubles(map));
    } else if (value instanceof java.time.Instant instant) {
      setLong(index, instant.toEpochMilli());
    } else {
      throw new IllegalArgumentException(
          "a row holds no " + value.getClass().getName() + "; it was given at position " + index);
    }
  }

  private static Object listItem(Object value, int index) {
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    } else if (value instanceof Float || value instanceof Double) {
      return ((Number) value).doubleValue();
    } else if (value instanceof CharSequence text) {
      return text.toString();
    }
    throw new IllegalArgumentException(
        "a list holds no "
            + (value == null ? "null" : value.getClass().getName())
            + "; it was given at position "
            + index);
  }

  private static Map<String, Double> doubles(Map<?, ?> map) {
    Map<String, Double> doubles = new TreeMap<>();
    map.forEach((key, value) -> doubles.put(key.toString(), ((Number) value).doubleValue()));
    return doubles;
  }

  /**
   * The value as Long (INT64, TIMESTAMP), Double, Boolean, String, List, Map or null. For borders
   * only.
   */
  public Object boxedAt(int index, ValueType type) {
    if (!present[index]) {
      return null;
    }
    return switch (type) {
      case INT64, TIMESTAMP -> bits[index];
      case FLOAT64 -> Double.longBitsToDouble(bits[index]);
      case BOOL -> bits[index] != 0;
      case STRING, INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> objects[index];
    };
  }

  /**
   * Equality to the bit: two NaN of the same bits are equal, 0.0 and -0.0 are not. In lists and
   * maps any two NaN are equal.
   */
  @Override
  public boolean equals(Object o) {
    return o instanceof Values other
        && Arrays.equals(present, other.present)
        && Arrays.equals(bits, other.bits)
        && Arrays.equals(objects, other.objects);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(bits) + Arrays.hashCode(objects);
  }

  /** The raw content; a primitive shows its 64 bits, since a row does not know its types. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < bits.length; i++) {
      text.append(i == 0 ? "" : ", ");
      text.append(!present[i] ? "null" : objects[i] != null ? objects[i] : Long.toString(bits[i]));
    }
    return text.append(']').toString();
  }

  /** The content with its types; of a long list or map only that it is long. */
  public String toString(RowSchema schema) {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < bits.length; i++) {
      text.append(i == 0 ? "" : ", ").append(schema.field(i).name()).append('=');
      text.append(shown(boxedAt(i, schema.field(i).type())));
    }
    return text.append('}').toString();
  }

  // What is shown goes into messages and dead letters, which must stay small.
  private static Object shown(Object value) {
    int items = value instanceof List<?> l ? l.size() : value instanceof Map<?, ?> m ? m.size() : 0;
    return items > MOST_SHOWN ? "(" + items + " items)" : value;
  }
}
