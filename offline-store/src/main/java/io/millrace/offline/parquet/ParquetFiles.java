package io.millrace.offline.parquet;

import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Which files a path stands for: itself if it is a file, else every file below it in the order of
 * their names. Names that begin with a dot or an underscore are not data (files still being
 * written, checksums, success marks) and are passed over, folders too.
 */
public final class ParquetFiles {
  private ParquetFiles() {}

  /**
   * The files a path stands for.
   *
   * @return empty if the folder holds none
   * @throws OfflineException if there is nothing at the path, or a folder cannot be listed
   */
  public static List<Path> at(Path path) {
    if (!Files.exists(path)) {
      throw new OfflineException("there is no file or folder " + path + "; mend the path");
    }
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
              return folder.equals(path) || isData(folder)
                  ? FileVisitResult.CONTINUE
                  : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (isData(file)) {
                files.add(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                // A writer has renamed or deleted it since the folder was looked into.
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }
          });
    } catch (IOException e) {
      throw new OfflineException("the folder " + path + " cannot be listed: " + e, e);
    }
    files.sort(Comparator.comparing(file -> nameBelow(path, file)));
    return files;
  }

  /** A file's name below the path it was found at, with slashes on every system. */
  public static String nameBelow(Path path, Path file) {
    if (file.equals(path)) {
      return String.valueOf(file.getFileName());
    }
    return StreamSupport.stream(path.relativize(file).spliterator(), false)
        .map(Path::toString)
        .collect(Collectors.joining("/"));
  }

  private static boolean isData(Path path) {
    return isData(String.valueOf(path.getFileName()));
  }

  static boolean isData(String name) {
    return !name.startsWith(".") && !name.startsWith("_");
  }
}
