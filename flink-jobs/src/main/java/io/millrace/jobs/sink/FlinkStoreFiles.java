package io.millrace.jobs.sink;

import io.millrace.offline.snapshot.StoreFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * A table's folder in an object store, through Flink's file system. Objects appear whole when they
 * are closed, but Flink's interface has no conditional creation: it looks and then writes. So the
 * sink's committer, of which there is one a table, is the only one that may commit there; what was
 * written is read back, so that a committer that was thought dead and came between is noticed.
 */
final class FlinkStoreFiles implements StoreFiles {
  private final FileSystem files;
  private final Path root;

  FlinkStoreFiles(FileSystem files, Path tableFolder) {
    this.files = files;
    this.root = tableFolder;
  }

  @Override
  public String place() {
    return root.toString();
  }

  @Override
  public List<String> list(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    try {
      FileStatus[] found = files.listStatus(new Path(root, folder));
      if (found != null) {
        for (FileStatus status : found) {
          names.add(status.getPath().getName());
        }
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    return names;
  }

  @Override
  public Optional<byte[]> read(String name) throws IOException {
    try (FSDataInputStream in = files.open(new Path(root, name))) {
      return Optional.of(in.readAllBytes());
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  @Override
  public SeekableByteChannel open(String name) throws IOException {
    Path path = new Path(root, name);
    return new Reading(files.open(path), files.getFileStatus(path).getLen());
  }

  @Override
  public boolean create(String name, byte[] content) throws IOException {
    Path path = new Path(root, name);
    if (files.exists(path)) {
      return false;
    }
    try (FSDataOutputStream out = files.create(path, FileSystem.WriteMode.NO_OVERWRITE)) {
      out.write(content);
    } catch (IOException e) {
      if (files.exists(path)) {
        return false;
      }
      throw e;
    }
    return read(name).map(found -> Arrays.equals(found, content)).orElse(false);
  }

  @Override
  public boolean exists(String name) throws IOException {
    return files.exists(new Path(root, name));
  }

  @Override
  public Optional<Instant> time(String name) throws IOException {
    try {
      return Optional.of(
          Instant.ofEpochMilli(files.getFileStatus(new Path(root, name)).getModificationTime()));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  @Override
  public void rename(String name, String newName) throws IOException {
    Path from = new Path(root, name);
    if (files.exists(from) && !files.rename(from, new Path(root, newName))) {
      throw new IOException(from + " cannot be renamed to " + newName);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    files.delete(new Path(root, name), false);
  }

  private static final class Reading implements SeekableByteChannel {
    private final FSDataInputStream in;
    private final long size;
    private boolean open = true;

    private Reading(FSDataInputStream in, long size) {
      this.in = in;
      this.size = size;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      requireOpen();
      byte[] bytes = new byte[Math.min(target.remaining(), 1 << 16)];
      int count = in.read(bytes, 0, bytes.length);
      if (count > 0) {
        target.put(bytes, 0, count);
      }
      return count;
    }

    @Override
    public long position() throws IOException {
      requireOpen();
      return in.getPos();
    }

    @Override
    public SeekableByteChannel position(long position) throws IOException {
      requireOpen();
      in.seek(position);
      return this;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public int write(ByteBuffer source) {
      throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long length) {
      throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() throws IOException {
      open = false;
      in.close();
    }

    private void requireOpen() throws ClosedChannelException {
      if (!open) {
        throw new ClosedChannelException();
      }
    }
  }
}
