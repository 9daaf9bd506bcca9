package io.millrace.offline.parquet;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/** A stream of somebody else as parquet-java wants it: it tells its position and stays open. */
final class StreamOutputFile implements OutputFile {
  private OutputStream out;

  StreamOutputFile(OutputStream out) {
    this.out = out;
  }

  /** From now on what is written goes to another stream; positions go on. */
  void divertTo(OutputStream other) {
    out = other;
  }

  @Override
  public PositionOutputStream create(long blockSizeHint) {
    return new Counting();
  }

  @Override
  public PositionOutputStream createOrOverwrite(long blockSizeHint) {
    return create(blockSizeHint);
  }

  @Override
  public boolean supportsBlockSize() {
    return false;
  }

  @Override
  public long defaultBlockSize() {
    return 0;
  }

  private final class Counting extends PositionOutputStream {
    private long position;

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void write(int oneByte) throws IOException {
      out.write(oneByte);
      position++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      position += length;
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    /** Its owner closes it. */
    @Override
    public void close() throws IOException {
      out.flush();
    }
  }
}
