package io.millrace.offline.parquet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;

/**
 * The end of a Parquet file with each column's encodings in one order. Those that parquet-java
 * writes lie in the order of a hash set of constants, which is another in each process.
 */
final class OrderedFooter {
  /** The footer's length and the file's magic. */
  private static final int TRAILER = 8;

  private OrderedFooter() {}

  /**
   * Writes what parquet-java made of the end of a file, from anywhere before its footer on.
   *
   * @param end ends with the file
   */
  static void write(byte[] end, OutputStream out) throws IOException {
    int length =
        ByteBuffer.wrap(end, end.length - TRAILER, Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .getInt();
    int at = end.length - TRAILER - length;
    FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(end, at, length));
    order(footer);
    ByteArrayOutputStream ordered = new ByteArrayOutputStream(length);
    Util.writeFileMetaData(footer, ordered);
    out.write(end, 0, at);
    ordered.writeTo(out);
    ByteBuffer size = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.write(size.putInt(ordered.size()).array());
    out.write(end, end.length - Integer.BYTES, Integer.BYTES);
  }

  private static void order(FileMetaData footer) {
    for (RowGroup group : footer.getRow_groups()) {
      for (ColumnChunk column : group.getColumns()) {
        List<Encoding> encodings = new ArrayList<>(column.getMeta_data().getEncodings());
        Collections.sort(encodings);
        column.getMeta_data().setEncodings(encodings);
      }
    }
  }
}
