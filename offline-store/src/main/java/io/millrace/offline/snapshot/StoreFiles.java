package io.millrace.offline.snapshot;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What snapshots need of the place where a table's folder lies. Names are below that folder, with
 * slashes. Thread-safe.
 *
 * <p>{@link LocalStoreFiles} is for a file system; a job that writes to an object store brings its
 * own.
 */
public interface StoreFiles {
  /** Where the folder is, for messages. */
  String place();

  /** The names of the files in a folder, without the folder, in no order; empty if it is none. */
  List<String> list(String folder) throws IOException;

  /** A file's content, or nothing if there is no such file. */
  Optional<byte[]> read(String name) throws IOException;

  /** A file's content, to be read where it is wanted; of one that is not there an exception. */
  SeekableByteChannel open(String name) throws IOException;

  /**
   * Makes a file that is seen whole or not at all, also by other processes and after a power cut.
   *
   * @return false if there is one of the name already; then nothing is changed
   */
  boolean create(String name, byte[] content) throws IOException;

  /**
   * The same of a file that nobody but its owner may read, where the place knows owners; in an
   * object store whoever may read the folder reads it.
   */
  default boolean createPrivate(String name, byte[] content) throws IOException {
    return create(name, content);
  }

  /**
   * Whether of several processes that {@link #create} one name at once one wins, always. Else there
   * may be only one that commits to the table.
   */
  boolean exclusive() throws IOException;

  /**
   * A file to be read by a path: where it lies, or a copy.
   *
   * @param scratch where a copy is made
   * @throws java.nio.file.NoSuchFileException if there is no such file
   */
  Path local(String name, Scratch scratch) throws IOException;

  /** Where a new file is to be written by a path, until {@link #put}. */
  Path draft(String name, Scratch scratch) throws IOException;

  /** Makes a draft the file of its name. */
  void put(String name, Path draft) throws IOException;

  boolean exists(String name) throws IOException;

  /** When a file was written or renamed last; empty if it is not there. */
  Optional<Instant> time(String name) throws IOException;

  /**
   * Renames a file in its folder; its time is then now. On a file system in one step, in an object
   * store by a copy, so that for a while both are there. Does nothing if it is not there.
   */
  void rename(String name, String newName) throws IOException;

  /** Whether {@link #rename} is one step, so that a file that is deleted stays deleted. */
  default boolean renamesAtOnce() {
    return false;
  }

  /** Deletes a file. Does nothing if it is not there. */
  void delete(String name) throws IOException;
}
