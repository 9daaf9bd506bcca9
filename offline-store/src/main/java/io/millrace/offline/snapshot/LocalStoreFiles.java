package io.millrace.offline.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A table's folder on a file system. A file is made under a hidden name, forced to disk and then
 * linked to its own: a hard link is the one operation that makes a whole file and fails if there is
 * one, so that of several processes one wins. Thread-safe.
 */
public final class LocalStoreFiles implements StoreFiles {
  private static final FileAttribute<?>[] NOBODYS = {};

  private final Path root;

  public LocalStoreFiles(Path tableFolder) {
    this.root = tableFolder;
  }

  @Override
  public String place() {
    return root.toString();
  }

  @Override
  public List<String> list(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve(folder))) {
      for (Path file : files) {
        names.add(String.valueOf(file.getFileName()));
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
    return names;
  }

  @Override
  public Optional<byte[]> read(String name) throws IOException {
    try {
      return Optional.of(Files.readAllBytes(root.resolve(name)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public SeekableByteChannel open(String name) throws IOException {
    return Files.newByteChannel(root.resolve(name));
  }

  @Override
  public boolean create(String name, byte[] content) throws IOException {
    return create(name, content, NOBODYS);
  }

  @Override
  public boolean createPrivate(String name, byte[] content) throws IOException {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    return create(
        name,
        content,
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : NOBODYS);
  }

  private boolean create(String name, byte[] content, FileAttribute<?>[] rights)
      throws IOException {
    Path file = root.resolve(name);
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path hidden = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID());
    try {
      try (FileChannel out =
          FileChannel.open(
              hidden, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), rights)) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.createLink(file, hidden);
      forceFolder(folder);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (UnsupportedOperationException e) {
      throw new FileSystemException(
          file.toString(),
          null,
          "the file system has no hard links, which commits need; put the store onto one that has");
    } finally {
      Files.deleteIfExists(hidden);
    }
  }

  /** A hard link is. */
  @Override
  public boolean exclusive() {
    return true;
  }

  @Override
  public Path local(String name, Scratch scratch) throws IOException {
    Path file = root.resolve(name);
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    return file;
  }

  @Override
  public Path draft(String name, Scratch scratch) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.toAbsolutePath().getParent());
    return file;
  }

  @Override
  public void put(String name, Path draft) {
    // It was written where it belongs.
  }

  @Override
  public boolean exists(String name) {
    return Files.exists(root.resolve(name));
  }

  @Override
  public Optional<Instant> time(String name) throws IOException {
    try {
      return Optional.of(Files.getLastModifiedTime(root.resolve(name)).toInstant());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void rename(String name, String newName) throws IOException {
    try {
      Files.setLastModifiedTime(root.resolve(name), FileTime.from(Instant.now()));
      Files.move(root.resolve(name), root.resolve(newName), StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      // Somebody else has done it.
    }
  }

  @Override
  public boolean renamesAtOnce() {
    return true;
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(root.resolve(name));
  }

  /** A name that is on disk, not only in the cache; some systems do not open folders. */
  private static void forceFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException e) {
      // Windows; there a name is as safe as it gets.
    }
  }
}
