package io.millrace.offline.training;

import io.millrace.feature.Values;
import io.millrace.offline.OfflineException;
import io.millrace.offline.duckdb.SpineFile;
import io.millrace.offline.parquet.ParquetRowReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of a spine in the order of (time, row), as {@link SpineFile#sort} wrote them: number,
 * time, then the columns. Not thread-safe.
 */
public final class SortedSpine implements SpineWalk.Rows, AutoCloseable {
  /** A stretch of a sorted spine that can be read by itself: a group of rows. */
  public record Piece(int group, long firstRow) implements java.io.Serializable {}

  private final ParquetRowReader reader;
  private final SpinePlan plan;
  private final String spine;

  private SortedSpine(ParquetRowReader reader, SpinePlan plan, String spine) {
    this.reader = reader;
    this.plan = plan;
    this.spine = spine;
  }

  /**
   * Opens all rows.
   *
   * @param spine what was sorted, for messages
   */
  static SortedSpine open(Path sorted, SpinePlan plan, String spine) {
    return new SortedSpine(ParquetRowReader.open(sorted), plan, spine);
  }

  /** Opens the rows of a piece. */
  public static SortedSpine open(Path sorted, Piece piece, SpinePlan plan, String spine) {
    SortedSpine rows = open(sorted, plan, spine);
    rows.reader.readGroup(piece.group());
    return rows;
  }

  /** What a sorted file can be read in. */
  public static List<Piece> pieces(Path sorted) {
    List<Piece> pieces = new ArrayList<>();
    try (ParquetRowReader reader = ParquetRowReader.open(sorted)) {
      long firstRow = 0;
      for (long rows : reader.groups()) {
        pieces.add(new Piece(pieces.size(), firstRow));
        firstRow += rows;
      }
    }
    return pieces;
  }

  /** How many rows the whole file has. */
  long count() {
    return reader.rows();
  }

  /**
   * @throws OfflineException if the row has no time
   */
  @Override
  public boolean next() {
    if (!reader.next()) {
      return false;
    }
    if (reader.row().isNull(1)) {
      throw new OfflineException(
          "row "
              + reader.row().longAt(0)
              + " of "
              + spine
              + ", counted from 0, has no time in "
              + plan.timeColumn()
              + "; give it one or leave it out");
    }
    return true;
  }

  @Override
  public long atMs() {
    return reader.row().longAt(1);
  }

  @Override
  public Values request() {
    return plan.request(reader.row(), atMs());
  }

  @Override
  public Values carried() {
    return plan.carried(reader.row());
  }

  /** The whole row, a copy. */
  public Values row() {
    Values row = new Values(reader.row().size());
    for (int i = 0; i < row.size(); i++) {
      row.copyFrom(i, reader.row(), i);
    }
    return row;
  }

  @Override
  public void close() {
    reader.close();
  }
}
