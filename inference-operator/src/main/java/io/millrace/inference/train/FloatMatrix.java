package io.millrace.inference.train;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file in which a training set travels to the trainer's process. Little-endian:
 *
 * <pre>
 * 0   int   0x4D464C54 ("TLFM")
 * 4   int   format version, 1
 * 8   int   columns, C
 * 12  int   0
 * 16  long  rows, R; -1 while the file is being written
 * 24  R times: long timeMs | float label (0 or 1) | C floats, NaN for missing
 * </pre>
 *
 * <p>A file whose length is not {@code 24 + R * (12 + 4 C)} is refused, and so is one that was not
 * finished. Neither side is thread-safe.
 */
final class FloatMatrix {
  private static final int MAGIC = 0x4D464C54;
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 24;
  private static final int ROW_HEADER_BYTES = 12;
  private static final int ROWS_AT = 16;
  private static final int CHUNK_BYTES = 1 << 20;

  private FloatMatrix() {}

  private static int strideBytes(int columns) {
    return ROW_HEADER_BYTES + columns * Float.BYTES;
  }

  /** How long a file of so many rows is. */
  static long bytes(long rows, int columns) {
    return HEADER_BYTES + rows * strideBytes(columns);
  }

  private static ByteBuffer chunk(int columns) {
    int rows = Math.max(1, CHUNK_BYTES / strideBytes(columns));
    return ByteBuffer.allocate(rows * strideBytes(columns)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Writes a new file; rows are complete once it is closed. */
  static final class Writer implements Closeable {
    private final FileChannel channel;
    private final ByteBuffer chunk;
    private final int columns;
    private long rows;

    Writer(Path file, int columns) throws IOException {
      this.columns = columns;
      this.chunk = chunk(columns);
      this.channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      header.putInt(MAGIC).putInt(VERSION).putInt(columns).putInt(0).putLong(-1).flip();
      writeFully(header, 0);
      channel.position(HEADER_BYTES);
    }

    /** Adds a row of {@code columns} floats that begin at {@code from}. */
    void add(long timeMs, boolean label, FloatBuffer values, int from) throws IOException {
      if (!chunk.hasRemaining()) {
        flush();
      }
      chunk.putLong(timeMs).putFloat(label ? 1 : 0);
      for (int i = 0; i < columns; i++) {
        chunk.putFloat(values.get(from + i));
      }
      rows++;
    }

    long rows() {
      return rows;
    }

    private void flush() throws IOException {
      chunk.flip();
      while (chunk.hasRemaining()) {
        channel.write(chunk);
      }
      chunk.clear();
    }

    private void writeFully(ByteBuffer bytes, long at) throws IOException {
      long position = at;
      while (bytes.hasRemaining()) {
        position += channel.write(bytes, position);
      }
    }

    @Override
    public void close() throws IOException {
      try (channel) {
        flush();
        writeFully(
            ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, rows),
            ROWS_AT);
      }
    }
  }

  /** Reads a file from its first row to its last. */
  static final class Reader implements Closeable {
    private final FileChannel channel;
    private final ByteBuffer chunk;
    private final int columns;
    private final long rows;
    private int rowAt;
    private long rowsLeft;

    /**
     * @throws IOException naming the file and what is wrong, if it is not a finished matrix
     */
    Reader(Path file) throws IOException {
      this.channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (channel.read(header) != HEADER_BYTES
            || header.getInt(0) != MAGIC
            || header.getInt(4) != VERSION
            || header.getInt(8) < 1) {
          throw new IOException(file + " is not a float matrix of version " + VERSION);
        }
        this.columns = header.getInt(8);
        this.rows = header.getLong(ROWS_AT);
        long due = HEADER_BYTES + rows * strideBytes(columns);
        if (rows < 0 || Files.size(file) != due) {
          throw new IOException(
              "%s says %d rows of %d columns, which is %d bytes, but has %d: it was not finished"
                  .formatted(file, rows, columns, due, Files.size(file)));
        }
        this.rowsLeft = rows;
        this.chunk = chunk(columns).limit(0);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }

    int columns() {
      return columns;
    }

    long rows() {
      return rows;
    }

    /** Moves to the next row; false behind the last. */
    boolean next() throws IOException {
      if (rowsLeft == 0) {
        return false;
      }
      rowsLeft--;
      if (!chunk.hasRemaining()) {
        fill();
      }
      rowAt = chunk.position();
      chunk.position(rowAt + strideBytes(columns));
      return true;
    }

    private void fill() throws IOException {
      chunk.clear();
      while (chunk.hasRemaining()) {
        if (channel.read(chunk) < 0) {
          break;
        }
      }
      chunk.flip();
      if (chunk.limit() < strideBytes(columns)) {
        throw new EOFException("the matrix became shorter while it was read");
      }
    }

    long timeMs() {
      return chunk.getLong(rowAt);
    }

    float label() {
      return chunk.getFloat(rowAt + Long.BYTES);
    }

    float value(int column) {
      return chunk.getFloat(rowAt + ROW_HEADER_BYTES + column * Float.BYTES);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
