package io.millrace.jobs.sink;

import io.millrace.offline.OfflineTable;
import java.io.Serializable;

/** Tells which table of the offline store a record belongs to, and as which row. */
interface TableRoute<T> extends Serializable {
  /** Where one record goes. */
  Placed<?> place(T record);

  /** A row with its table. */
  record Placed<R>(OfflineTable<R> table, R row) {
    /** The folder below the store's root: table and day. */
    String folder() {
      return table.path(row);
    }
  }
}
