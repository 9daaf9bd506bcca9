package io.millrace.offline.parquet;

import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.schema.AvroRows;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReaderImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.io.api.PrimitiveConverter;

/**
 * Reads the items of one repeated leaf, one after the other, each as an object of a list or map.
 * Not thread-safe.
 */
final class ItemReader {
  private final ColumnDescriptor leaf;
  private final ValueType type;
  private final int presentLevel;
  // One place that the items pass through, so that they are converted as scalars are.
  private final Values item = new Values(1);
  private final PrimitiveConverter sink;
  private ColumnReader reader;

  ItemReader(ColumnDescriptor leaf, ValueType type, int presentLevel) {
    this.leaf = leaf;
    this.type = type;
    this.presentLevel = presentLevel;
    this.sink = ColumnCursor.sinkOf(leaf.getPrimitiveType(), type, 0, item);
  }

  void open(PageReadStore group, ParsedVersion writer) {
    reader = new ColumnReaderImpl(leaf, group.getPageReader(leaf), sink, writer);
  }

  /** Whether the row's list is null. */
  boolean isNull() {
    return reader.getCurrentDefinitionLevel() < presentLevel;
  }

  /** Whether the row's list is there and empty. */
  boolean isEmpty() {
    return reader.getCurrentDefinitionLevel() == presentLevel;
  }

  /** Passes over the one entry that a null or an empty list has. */
  void skip() {
    reader.consume();
  }

  /**
   * Reads an item.
   *
   * @param place the item's place, for messages
   * @throws IllegalArgumentException if it is null
   */
  Object next(String column, Object place) {
    if (reader.getCurrentDefinitionLevel() < leaf.getMaxDefinitionLevel()) {
      throw new IllegalArgumentException(
          column + "[" + place + "] is null, but a list or map holds no nulls");
    }
    reader.writeCurrentValueToConverter();
    reader.consume();
    return item.boxedAt(0, type);
  }

  /** Whether the next item is one of the same list. */
  boolean hasMore() {
    return reader.getCurrentRepetitionLevel() > 0;
  }

  static void requireRoom(String column, int items) {
    if (items == AvroRows.MOST_ITEMS) {
      throw new IllegalArgumentException(
          column
              + " has more than the "
              + AvroRows.MOST_ITEMS
              + " items that a list or map may have");
    }
  }
}
