package io.millrace.offline.erasure;

import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/** Small files of the store's own that are made once and then stay. Stateless. */
final class OwnFiles {
  private OwnFiles() {}

  /**
   * A file's content; made first if it is not there, whole or not at all, also if two do it at
   * once.
   *
   * @param secret whether nobody but the owner may read it
   */
  static byte[] madeOnce(Path file, boolean secret, Supplier<byte[]> content) {
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(file.getParent());
        Path draft = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
        try {
          write(draft, secret, content.get());
          Files.createLink(file, draft);
        } catch (FileAlreadyExistsException e) {
          return Files.readAllBytes(file); // another was first
        } finally {
          Files.deleteIfExists(draft);
        }
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new OfflineException(
          file
              + " cannot be made or read ("
              + e
              + "); give the right to write there, and run it again",
          e);
    }
  }

  private static void write(Path file, boolean secret, byte[] content) throws IOException {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] attributes =
        secret && posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try (FileChannel channel =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }
}
