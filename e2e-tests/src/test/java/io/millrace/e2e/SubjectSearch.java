package io.millrace.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** Looks through every byte of folders for a subject. */
final class SubjectSearch {
  private SubjectSearch() {}

  /**
   * The files that have its bytes.
   *
   * @param places folders and files; those that are not there are passed over
   */
  static List<Path> filesWith(String subject, Collection<Path> places) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path place : places) {
      if (!Files.exists(place)) {
        continue;
      }
      try (Stream<Path> files = Files.walk(place)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          if (has(file, subject)) {
            found.add(file);
          }
        }
      }
    }
    return found;
  }

  private static boolean has(Path file, String subject) throws IOException {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(subject);
    } catch (NoSuchFileException e) {
      return false; // deleted meanwhile
    }
  }
}
