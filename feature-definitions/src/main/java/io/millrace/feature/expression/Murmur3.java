package io.millrace.feature.expression;

import java.nio.charset.StandardCharsets;

/**
 * MurmurHash3_x86_32 with seed 0 of a text's UTF-8. Source: Austin Appleby, SMHasher,
 * MurmurHash3.cpp.
 */
final class Murmur3 {
  private Murmur3() {}

  static int hash(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int hash = 0;
    int whole = bytes.length & ~3;
    for (int i = 0; i < whole; i += 4) {
      hash ^= scramble(littleEndian(bytes, i, 4));
      hash = Integer.rotateLeft(hash, 13) * 5 + 0xe6546b64;
    }
    if (whole < bytes.length) {
      hash ^= scramble(littleEndian(bytes, whole, bytes.length - whole));
    }
    hash ^= bytes.length;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }

  private static int scramble(int block) {
    return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
  }

  private static int littleEndian(byte[] bytes, int from, int count) {
    int block = 0;
    for (int i = count - 1; i >= 0; i--) {
      block = block << 8 | (bytes[from + i] & 0xff);
    }
    return block;
  }
}
