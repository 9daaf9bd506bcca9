package io.millrace.feature;

import java.util.List;

/** Reads an {@link EntityKey} from the key columns of a row. Immutable and thread-safe. */
public final class KeyReader {
  private final int[] columns;
  private final ValueType[] types;

  private KeyReader(int[] columns, ValueType[] types) {
    this.columns = columns;
    this.types = types;
  }

  /**
   * @throws IllegalArgumentException if a column is missing or makes no key: FLOAT64, a list or a
   *     map
   */
  public static KeyReader of(List<String> columns, RowSchema schema) {
    int[] indexes = new int[columns.size()];
    ValueType[] types = new ValueType[columns.size()];
    for (int i = 0; i < indexes.length; i++) {
      indexes[i] = schema.requireIndexOf(columns.get(i));
      types[i] = schema.field(indexes[i]).type();
      if (!makesKey(types[i])) {
        throw new IllegalArgumentException(
            schema.name() + "." + columns.get(i) + " is " + types[i] + ", which cannot be a key");
      }
    }
    return new KeyReader(indexes, types);
  }

  /** Whether values of the type tell entities apart: neither FLOAT64, nor a list or a map. */
  public static boolean makesKey(ValueType type) {
    return type.isScalar() && type != ValueType.FLOAT64;
  }

  /** The key's text, or null if a key column is null: such a row is about nobody. */
  public String keyTextOf(Row row) {
    if (columns.length == 1 && types[0] == ValueType.STRING) {
      if (row.isNull(columns[0])) {
        return null;
      }
      String part = row.textAt(columns[0]);
      if (part.indexOf('|') < 0 && part.indexOf('\\') < 0) {
        return part;
      }
    }
    StringBuilder text = new StringBuilder(24);
    for (int i = 0; i < columns.length; i++) {
      int column = columns[i];
      if (row.isNull(column)) {
        return null;
      }
      if (i > 0) {
        text.append('|');
      }
      switch (types[i]) {
        case STRING -> EntityKey.appendPart(text, row.textAt(column));
        case BOOL -> text.append(row.booleanAt(column));
        default -> text.append(row.longAt(column));
      }
    }
    return text.toString();
  }
}
