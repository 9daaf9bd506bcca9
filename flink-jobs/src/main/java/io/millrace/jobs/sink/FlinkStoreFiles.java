package io.millrace.jobs.sink;

import io.millrace.jobs.s3.ConditionalPut;
import io.millrace.offline.snapshot.Scratch;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table's folder in an object store, through Flink's file system. Objects appear whole when they
 * are closed. Flink's interface has no conditional creation, so the store is asked for it beside
 * it, where it can be ({@link ConditionalPut}): then commits are as exclusive as on a file system.
 *
 * <p>Else the sink's committer, of which there is one a table, is the only one that may commit
 * there. It looks, writes, and reads back; and before its next commit it looks whether its last one
 * is still there, so that another committer (one that was thought dead) is noticed at the latest
 * then. Thread-safe.
 */
final class FlinkStoreFiles implements StoreFiles {
  private static final Logger LOG = LoggerFactory.getLogger(FlinkStoreFiles.class);
  private static final Duration LONGEST_COPY = Duration.ofHours(1);
  private static final int BUFFER_BYTES = 1 << 16;

  private final FileSystem files;
  private final Path root;
  private final Optional<ConditionalPut> conditional;
  private final InstantSource clock;
  private Optional<Boolean> exclusive = Optional.empty();
  private String lastName;
  private byte[] lastContent;

  /**
   * @param conditional how the store is asked to create; it is tried whether the store keeps it
   */
  FlinkStoreFiles(
      FileSystem files,
      Path tableFolder,
      Optional<ConditionalPut> conditional,
      InstantSource clock) {
    this.files = files;
    this.root = tableFolder;
    this.conditional = conditional;
    this.clock = clock;
  }

  @Override
  public String place() {
    return root.toString();
  }

  @Override
  public List<String> list(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    try {
      FileStatus[] found = files.listStatus(at(folder));
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

  /** The folder itself for an empty name, which Flink takes for a mistake. */
  private Path at(String name) {
    return name.isEmpty() ? root : new Path(root, name);
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
  public synchronized boolean create(String name, byte[] content) throws IOException {
    return exclusive()
        // An answer may have been lost, and the object be our own.
        ? conditional.get().put(new Path(root, name).toUri(), content) || is(name, content)
        : createAlone(name, content);
  }

  /**
   * Whether the store keeps the condition: of an object that is put twice it refuses the second.
   */
  @Override
  public synchronized boolean exclusive() throws IOException {
    if (exclusive.isEmpty()) {
      exclusive = Optional.of(conditional.isPresent() && keepsCondition());
      if (!exclusive.get()) {
        LOG.warn(
            "{} must have one committer alone: {}",
            root,
            conditional.isPresent()
                ? "its server passes over \"If-None-Match: *\""
                : "no keys are known to ask for more than Flink's file system does");
      }
    }
    return exclusive.get();
  }

  private boolean keepsCondition() throws IOException {
    String name = TableSnapshots.FOLDER + "/.probe-" + UUID.randomUUID();
    Path probe = new Path(root, name);
    byte[] content = name.getBytes(StandardCharsets.UTF_8);
    try {
      // The first may have been answered twice, too.
      return (conditional.get().put(probe.toUri(), content) || is(name, content))
          && !conditional.get().put(probe.toUri(), content);
    } catch (UnsupportedOperationException e) {
      return false;
    } finally {
      files.delete(probe, false);
    }
  }

  private boolean createAlone(String name, byte[] content) throws IOException {
    if (lastName != null && !is(lastName, lastContent)) {
      String lost = lastName;
      lastName = null;
      throw new IOException(
          new Path(root, lost)
              + " was committed and then written again by another committer, so that files of it"
              + " are in no snapshot; let one job alone write here, and run \"millrace offline"
              + " adopt\" on the table");
    }
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
    if (!is(name, content)) {
      return false;
    }
    lastName = name;
    lastContent = content;
    return true;
  }

  private boolean is(String name, byte[] content) throws IOException {
    return read(name).map(found -> Arrays.equals(found, content)).orElse(false);
  }

  @Override
  public java.nio.file.Path local(String name, Scratch scratch) throws IOException {
    java.nio.file.Path copy = scratch.next(name);
    try (FSDataInputStream in = files.open(new Path(root, name));
        OutputStream out = Files.newOutputStream(copy, StandardOpenOption.CREATE_NEW)) {
      copy(in, out);
    } catch (FileNotFoundException e) {
      throw (IOException) new NoSuchFileException(new Path(root, name).toString()).initCause(e);
    }
    return copy;
  }

  @Override
  public java.nio.file.Path draft(String name, Scratch scratch) throws IOException {
    return scratch.next(name);
  }

  @Override
  public void put(String name, java.nio.file.Path draft) throws IOException {
    try (InputStream in = Files.newInputStream(draft);
        OutputStream out = files.create(new Path(root, name), FileSystem.WriteMode.NO_OVERWRITE)) {
      copy(in, out);
    }
  }

  private static void copy(InputStream in, OutputStream out) throws IOException {
    byte[] bytes = new byte[BUFFER_BYTES];
    for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
      out.write(bytes, 0, count);
    }
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
    Path to = new Path(root, newName);
    if (!files.exists(from)) {
      return;
    }
    if (!files.exists(to)) {
      try {
        if (!files.rename(from, to)) {
          throw new IOException(from + " cannot be renamed to " + newName);
        }
      } catch (FileNotFoundException e) {
        // Somebody else has done it.
      } catch (IOException e) {
        // Or does it at this moment.
        if (!files.exists(to)) {
          throw e;
        }
      }
    } else if (isLongThere(name) && isLongThere(newName)) {
      // A copy that was cut off before its source went: objects appear whole, and never change.
      files.delete(from, false);
    }
    // Else somebody may be about to delete one of both, and this must not delete the other.
  }

  private boolean isLongThere(String name) throws IOException {
    return time(name).filter(at -> at.isBefore(clock.instant().minus(LONGEST_COPY))).isPresent();
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
      byte[] bytes = new byte[Math.min(target.remaining(), BUFFER_BYTES)];
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
