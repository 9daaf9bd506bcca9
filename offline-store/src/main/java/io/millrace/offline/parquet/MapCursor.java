package io.millrace.offline.parquet;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.Map;
import java.util.TreeMap;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.column.page.PageReadStore;

/**
 * Reads a map column: its keys and its values are two leaves of the same shape. Not thread-safe.
 */
final class MapCursor extends ColumnCursor {
  private final String column;
  private final int index;
  private final ItemReader keys;
  private final ItemReader values;

  MapCursor(String column, ParquetPlace place, int index) {
    this.column = column;
    this.index = index;
    this.keys = new ItemReader(place.leaves().get(0), ValueType.STRING, place.presentLevel());
    this.values = new ItemReader(place.leaves().get(1), ValueType.FLOAT64, place.presentLevel());
  }

  @Override
  void open(PageReadStore group, ParsedVersion writer) {
    keys.open(group, writer);
    values.open(group, writer);
  }

  @Override
  void readInto(Values row) {
    if (keys.isNull()) {
      skip();
      row.setNull(index);
      return;
    }
    Map<String, Double> map = new TreeMap<>();
    if (keys.isEmpty()) {
      skip();
    } else {
      do {
        ItemReader.requireRoom(column, map.size());
        String key = (String) keys.next(column, "a key");
        if (map.put(key, (Double) values.next(column, key)) != null) {
          throw new IllegalArgumentException(column + " has the key " + key + " twice");
        }
      } while (keys.hasMore());
    }
    row.setMap(index, map);
  }

  private void skip() {
    keys.skip();
    values.skip();
  }
}
