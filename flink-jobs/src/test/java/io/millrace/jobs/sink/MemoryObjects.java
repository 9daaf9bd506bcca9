package io.millrace.jobs.sink;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.core.fs.BlockLocation;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * An object store as Flink sees one: keys and bytes, an object appears whole when it is closed, the
 * last one to close wins whatever was there, and no rename.
 */
final class MemoryObjects extends FileSystem {
  final Map<String, byte[]> objects = new TreeMap<>();
  Runnable afterClose = () -> {};

  @Override
  public Path getWorkingDirectory() {
    return new Path("mem:///");
  }

  @Override
  public Path getHomeDirectory() {
    return getWorkingDirectory();
  }

  @Override
  public URI getUri() {
    return URI.create("mem:///");
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    return new Status(path, require(path).length);
  }

  @Override
  public BlockLocation[] getFileBlockLocations(FileStatus file, long start, long length) {
    return new BlockLocation[0];
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return open(path);
  }

  @Override
  public FSDataInputStream open(Path path) throws IOException {
    return new Reading(require(path));
  }

  @Override
  public FileStatus[] listStatus(Path path) {
    String prefix = path.getPath() + "/";
    Map<String, Long> children = new TreeMap<>();
    for (Map.Entry<String, byte[]> one : objects.entrySet()) {
      if (one.getKey().startsWith(prefix)) {
        int slash = one.getKey().indexOf('/', prefix.length());
        String child = slash < 0 ? one.getKey() : one.getKey().substring(0, slash);
        children.put(child, slash < 0 ? one.getValue().length : 0L);
      }
    }
    return children.entrySet().stream()
        .map(child -> new Status(new Path(child.getKey()), child.getValue()))
        .toArray(FileStatus[]::new);
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    return objects.remove(path.getPath()) != null;
  }

  @Override
  public boolean mkdirs(Path path) {
    return true;
  }

  @Override
  public FSDataOutputStream create(Path path, WriteMode mode) throws IOException {
    if (mode == WriteMode.NO_OVERWRITE && objects.containsKey(path.getPath())) {
      throw new IOException(path + " is there already");
    }
    return new Writing(path.getPath());
  }

  @Override
  public boolean rename(Path from, Path to) {
    return false;
  }

  @Override
  public boolean isDistributedFS() {
    return true;
  }

  private byte[] require(Path path) throws FileNotFoundException {
    byte[] bytes = objects.get(path.getPath());
    if (bytes == null) {
      throw new FileNotFoundException(path.toString());
    }
    return bytes;
  }

  private record Status(Path path, long size) implements FileStatus {
    @Override
    public long getLen() {
      return size;
    }

    @Override
    public long getBlockSize() {
      return size;
    }

    @Override
    public short getReplication() {
      return 1;
    }

    @Override
    public long getModificationTime() {
      return 0;
    }

    @Override
    public long getAccessTime() {
      return 0;
    }

    @Override
    public boolean isDir() {
      return false;
    }

    @Override
    public Path getPath() {
      return path;
    }
  }

  private static final class Reading extends FSDataInputStream {
    private final byte[] bytes;
    private ByteArrayInputStream in;
    private long position;

    private Reading(byte[] bytes) {
      this.bytes = bytes;
      this.in = new ByteArrayInputStream(bytes);
    }

    @Override
    public void seek(long to) {
      in = new ByteArrayInputStream(bytes, (int) to, bytes.length - (int) to);
      position = to;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public int read() {
      int one = in.read();
      position += one < 0 ? 0 : 1;
      return one;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int count = in.read(target, offset, length);
      position += Math.max(0, count);
      return count;
    }
  }

  private final class Writing extends FSDataOutputStream {
    private final String key;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Writing(String key) {
      this.key = key;
    }

    @Override
    public long getPos() {
      return out.size();
    }

    @Override
    public void write(int one) {
      out.write(one);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      out.write(bytes, offset, length);
    }

    @Override
    public void flush() {}

    @Override
    public void sync() {}

    @Override
    public void close() {
      objects.put(key, out.toByteArray());
      afterClose.run();
    }
  }
}
