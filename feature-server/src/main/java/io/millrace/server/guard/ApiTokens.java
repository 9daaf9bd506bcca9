package io.millrace.server.guard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tokens that callers may bring. Only their hashes are kept, none is ever printed, and a check
 * takes the same time whichever token comes near. Immutable and thread-safe.
 */
public final class ApiTokens {
  /** The environment variable that may hold tokens, with commas between them. */
  public static final String VARIABLE = "MILLRACE_API_TOKENS";

  /** The fewest characters of a token: shorter ones can be guessed. */
  public static final int SHORTEST = 16;

  private final List<byte[]> hashes = new ArrayList<>();

  private ApiTokens(List<String> tokens, String where) {
    for (int i = 0; i < tokens.size(); i++) {
      String token = tokens.get(i);
      if (token.length() < SHORTEST || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
        throw new IllegalArgumentException(
            "token %d of %s is too short or has other than printed ASCII characters; give %d or more, such as those of: openssl rand -hex 32"
                .formatted(i + 1, where, SHORTEST));
      }
      hashes.add(sha256(token));
    }
    if (hashes.isEmpty()) {
      throw new IllegalArgumentException(where + " holds no token; give one a line");
    }
  }

  /**
   * Tokens from a file, one a line; empty lines and lines with {@code #} before them are left out.
   *
   * @throws IllegalArgumentException if there is none, or one that is too short
   */
  public static ApiTokens ofFile(Path file) {
    try {
      return new ApiTokens(
          Files.readAllLines(file).stream()
              .map(String::strip)
              .filter(line -> !line.isEmpty() && !line.startsWith("#"))
              .toList(),
          file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("the tokens in " + file + " cannot be read", e);
    }
  }

  /** Tokens with commas between them, as {@link #VARIABLE} holds them. */
  public static ApiTokens ofText(String text, String where) {
    return new ApiTokens(
        Arrays.stream(text.split(",")).map(String::strip).filter(t -> !t.isEmpty()).toList(),
        where);
  }

  /** Whether it is one of them. */
  boolean knows(String token) {
    byte[] hash = sha256(token);
    boolean known = false;
    for (byte[] one : hashes) {
      // No early end: the time must not tell which one it was.
      known |= MessageDigest.isEqual(one, hash);
    }
    return known;
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return hashes.size() + " tokens";
  }
}
