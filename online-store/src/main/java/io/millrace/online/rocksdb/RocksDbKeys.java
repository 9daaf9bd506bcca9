package io.millrace.online.rocksdb;

import io.millrace.feature.EntityKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes of a key in RocksDB, format 1.
 *
 * <pre>
 * byte   0     1 ... n            n+1    n+2 ...
 *      +------+------------------+------+-----------------+
 *      | 0x01 | view id, UTF-8   | 0x00 | key text, UTF-8 |
 *      +------+------------------+------+-----------------+
 * </pre>
 *
 * The keys of a view lie together, ordered by their text. The view id holds no 0x00; the key text
 * may. Illegal: another first byte (kept for later formats), an empty view id, no 0x00 after it.
 */
final class RocksDbKeys {
  private static final byte ROW = 0x01;

  private RocksDbKeys() {}

  static byte[] of(String view, EntityKey key) {
    byte[] viewBytes = view.getBytes(StandardCharsets.UTF_8);
    byte[] keyBytes = key.text().getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[viewBytes.length + keyBytes.length + 2];
    bytes[0] = ROW;
    System.arraycopy(viewBytes, 0, bytes, 1, viewBytes.length);
    System.arraycopy(keyBytes, 0, bytes, viewBytes.length + 2, keyBytes.length);
    return bytes;
  }

  /** What all keys of a view begin with. */
  static byte[] head(String view) {
    return of(view, new EntityKey(""));
  }

  static boolean isOf(byte[] head, byte[] key) {
    return key.length >= head.length && Arrays.equals(head, 0, head.length, key, 0, head.length);
  }

  /** The key of a row of the view. */
  static EntityKey keyOf(String view, byte[] key) {
    int head = view.getBytes(StandardCharsets.UTF_8).length + 2;
    return new EntityKey(new String(key, head, key.length - head, StandardCharsets.UTF_8));
  }

  /** Where the view's id ends in a key's bytes; -1 if they are no key of this format. */
  static int endOfView(byte[] bytes) {
    if (bytes.length < 3 || bytes[0] != ROW) {
      return -1;
    }
    for (int i = 1; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        return i;
      }
    }
    return -1;
  }
}
