package io.millrace.offline.history;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.History;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.offline.parquet.ParquetFiles;
import io.millrace.offline.parquet.ParquetRowReader;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;

/** The events of a history's files in the order of files and rows, one file open at a time. */
final class HistoryFiles implements AutoCloseable {
  private final EventSource source;
  private final History history;
  private final Iterator<Path> paths;
  private ParquetRowReader rows;
  private String name;
  private RowSchema mappedSchema;
  private EventMapping mapping;
  private long rowsRead;

  private HistoryFiles(EventSource source, History history, Iterator<Path> paths) {
    this.source = source;
    this.history = history;
    this.paths = paths;
  }

  static HistoryFiles open(EventSource source, History history, List<Path> paths) {
    HistoryFiles files = new HistoryFiles(source, history, paths.iterator());
    files.openNext();
    return files;
  }

  /** The events of one group of rows of a file. */
  static HistoryFiles openGroup(EventSource source, History history, Path file, int group) {
    HistoryFiles files = open(source, history, List.of(file));
    try {
      files.rows.readGroup(group);
    } catch (RuntimeException e) {
      files.close();
      throw e;
    }
    return files;
  }

  /** The next event, or null at the end of the last file. */
  Event next() {
    while (rows != null) {
      while (rows.next()) {
        rowsRead++;
        if (mapping.admits(rows.row())) {
          return mapping.event(rows.row(), new Position(name, 0, rows.rowNumber()));
        }
      }
      close();
      if (paths.hasNext()) {
        openNext();
      }
    }
    return null;
  }

  long rowsRead() {
    return rowsRead;
  }

  @Override
  public void close() {
    if (rows != null) {
      rows.close();
      rows = null;
    }
  }

  private void openNext() {
    Path path = paths.next();
    name = ParquetFiles.nameBelow(history.path(), path);
    rows = ParquetRowReader.open(path);
    try {
      if (mapping == null || !rows.fileSchema().fields().equals(mappedSchema.fields())) {
        mappedSchema = rows.fileSchema();
        mapping =
            EventMapping.of(source, history, mappedSchema, rows.unreadable(), path.toString());
      }
      rows.select(mapping.columns());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }
}
