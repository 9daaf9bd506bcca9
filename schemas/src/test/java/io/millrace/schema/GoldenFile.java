package io.millrace.schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** Reads {@code src/test/resources/golden}: lines of {@code name hex message}. */
final class GoldenFile {
  private GoldenFile() {}

  record Case(String name, byte[] bytes, String message) {
    @Override
    public String toString() {
      return name;
    }
  }

  static String text(String file) {
    try (InputStream in = GoldenFile.class.getResourceAsStream("/golden/" + file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Case> cases(String file) {
    return text(file)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(
            line -> {
              String[] parts = line.split(" ", 3);
              byte[] bytes = parts[1].equals("-") ? new byte[0] : HexFormat.of().parseHex(parts[1]);
              return new Case(parts[0], bytes, parts.length > 2 ? parts[2] : "");
            })
        .toList();
  }

  static byte[] bytes(String file, String name) {
    return cases(file).stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow()
        .bytes();
  }
}
