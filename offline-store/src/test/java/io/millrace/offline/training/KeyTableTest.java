package io.millrace.offline.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyTableTest {
  @Test
  void shouldTellShortAndLongAndStrangeKeysApart() {
    KeyTable table = new KeyTable();
    // The last two pairs have one hash code.
    List<String> keys =
        List.of(
            "",
            "\0",
            "\0\0",
            "a",
            "a\0",
            "\u00ff",
            "\u0100",
            "1234567",
            "12345678",
            "123456789",
            "Aa345678",
            "BB345678",
            "AaAaAaAa",
            "BBBBBBBB");
    for (String key : keys) {
      table.findOrAdd(key, KeyTable.codeOf(key)).bytes =
          key.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }
    assertThat(table.size()).isEqualTo(keys.size());
    for (String key : keys) {
      assertThat(table.find(key, KeyTable.codeOf(key)).bytes)
          .isEqualTo(key.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    assertThat(table.find("AaBBAaBB", KeyTable.codeOf("AaBBAaBB"))).isNull();
  }

  @Test
  void shouldHoldWhatAMapHoldsWhileItGrowsAndForgets() {
    long seed = 5;
    Random random = new Random(seed);
    KeyTable table = new KeyTable();
    Map<String, KeyTable.State> expected = new HashMap<>();
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < 20_000; i++) {
        String key = Long.toString(random.nextInt(50_000) * (random.nextBoolean() ? 1L : 99_991L));
        KeyTable.State state = table.findOrAdd(key, KeyTable.codeOf(key));
        assertThat(expected.getOrDefault(key, state)).as("seed %d, %s", seed, key).isSameAs(state);
        expected.put(key, state);
      }
      List<KeyTable.State> forgotten = new ArrayList<>();
      table.keep(
          state -> {
            boolean kept = random.nextInt(3) > 0;
            if (!kept) {
              forgotten.add(state);
            }
            return kept;
          });
      expected.values().removeAll(new java.util.HashSet<>(forgotten));
      assertThat(table.size()).as("seed %d", seed).isEqualTo(expected.size());
      expected.forEach(
          (key, state) ->
              assertThat(table.find(key, KeyTable.codeOf(key))).as("%s", key).isSameAs(state));
    }
  }
}
