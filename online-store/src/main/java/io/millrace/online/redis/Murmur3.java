package io.millrace.online.redis;

/**
 * MurmurHash3, the variant of 32 bits for x86, seed 0.
 *
 * @see <a href="https://github.com/aappleby/smhasher">Austin Appleby's reference</a>
 */
final class Murmur3 {
  private Murmur3() {}

  static int hash32(byte[] bytes) {
    int hash = 0;
    int blocks = bytes.length / 4;
    for (int i = 0; i < blocks; i++) {
      hash ^= mixed(littleEndian(bytes, 4 * i, 4));
      hash = Integer.rotateLeft(hash, 13) * 5 + 0xe6546b64;
    }
    if (bytes.length % 4 > 0) {
      hash ^= mixed(littleEndian(bytes, 4 * blocks, bytes.length % 4));
    }
    hash ^= bytes.length;
    hash ^= hash >>> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >>> 13;
    hash *= 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }

  private static int mixed(int block) {
    return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
  }

  private static int littleEndian(byte[] bytes, int at, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value |= (bytes[at + i] & 0xFF) << (8 * i);
    }
    return value;
  }
}
