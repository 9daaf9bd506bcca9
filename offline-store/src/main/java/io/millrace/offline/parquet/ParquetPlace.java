package io.millrace.offline.parquet;

import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;

/**
 * Where a column lies in a Parquet file.
 *
 * @param leaves of a scalar itself, of a list its items, of a map its keys and its values
 * @param presentLevel the definition level from which on the column is not null; one above it a
 *     list or map is not empty
 */
record ParquetPlace(List<ColumnDescriptor> leaves, int presentLevel) {
  ParquetPlace {
    leaves = List.copyOf(leaves);
  }
}
