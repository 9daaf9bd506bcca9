package io.millrace.offline.parquet;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.column.page.PageReadStore;

/** Reads a list column. Not thread-safe. */
final class ListCursor extends ColumnCursor {
  private final String column;
  private final int index;
  private final ItemReader items;

  ListCursor(String column, ParquetPlace place, ValueType item, int index) {
    this.column = column;
    this.index = index;
    this.items = new ItemReader(place.leaves().get(0), item, place.presentLevel());
  }

  @Override
  void open(PageReadStore group, ParsedVersion writer) {
    items.open(group, writer);
  }

  @Override
  void readInto(Values row) {
    if (items.isNull()) {
      items.skip();
      row.setNull(index);
      return;
    }
    List<Object> list = new ArrayList<>();
    if (items.isEmpty()) {
      items.skip();
    } else {
      do {
        ItemReader.requireRoom(column, list.size());
        list.add(items.next(column, list.size()));
      } while (items.hasMore());
    }
    row.setList(index, list);
  }
}
