package io.millrace.online.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A script that the server runs as one step, known to it by the hash of its text. Immutable. */
final class RedisScript {
  private final byte[] text;
  private final byte[] hash;

  private RedisScript(byte[] text) {
    this.text = text;
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(text);
      this.hash = HexFormat.of().formatHex(digest).getBytes(UTF_8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }

  /** A script that lies beside this class. */
  static RedisScript named(String file) {
    try (InputStream in = RedisScript.class.getResourceAsStream(file)) {
      return new RedisScript(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the script " + file, e);
    }
  }

  byte[] text() {
    return text;
  }

  byte[] hash() {
    return hash;
  }

  byte[][] with(byte[] name, byte[][] arguments) {
    byte[][] all = new byte[arguments.length + 1][];
    all[0] = name;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }
}
