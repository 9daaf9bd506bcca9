package io.millrace.offline.training;

import io.millrace.feature.KeyReader;
import io.millrace.feature.Values;
import java.util.Arrays;

/**
 * What stands for the keys of a stretch of rows in a {@link KeyTable}, told while the rows are
 * being read and their texts are near: who searches later waits for no text. Filled by one thread.
 */
final class KeyCodes {
  /** Of a row that is about nobody: no key has it. */
  static final long NONE = Long.MAX_VALUE;

  private final KeyReader keys;
  private long[] codes = new long[1024];
  private String[] texts = {};

  KeyCodes(KeyReader keys) {
    this.keys = keys;
  }

  /** Tells the code of row {@code at}; null if there is nothing to be told. */
  void add(int at, Values row) {
    if (at == codes.length) {
      codes = Arrays.copyOf(codes, at * 2);
    }
    String key = row == null ? null : keys.keyTextOf(row);
    codes[at] = key == null ? NONE : KeyTable.codeOf(key);
    if (codes[at] < 0) {
      if (at >= texts.length) {
        texts = Arrays.copyOf(texts, codes.length);
      }
      texts[at] = key;
    }
  }

  long code(int at) {
    return codes[at];
  }

  /** The key, where the code is not the key itself; else null. */
  String text(int at) {
    return codes[at] < 0 ? texts[at] : null;
  }
}
