package io.millrace.jobs.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HotStatesTest {
  private final Map<String, byte[]> stored = new HashMap<>();
  private final List<String> written = new ArrayList<>();
  private final HotStates.Store store =
      new HotStates.Store() {
        @Override
        public byte[] read(String key) {
          byte[] value = stored.get(key);
          return value == null ? null : value.clone();
        }

        @Override
        public void write(String key, byte[] value) {
          written.add(key);
          if (value == null) {
            stored.remove(key);
          } else {
            stored.put(key, value.clone());
          }
        }
      };

  @Test
  void shouldWriteABusyKeyOnce() throws Exception {
    HotStates states = new HotStates(1 << 20, store);
    for (byte i = 0; i < 100; i++) {
      states.update("busy", new byte[] {i});
    }
    assertThat(written).isEmpty();
    states.flush();
    states.flush();
    assertThat(written).containsExactly("busy");
    assertThat(stored.get("busy")).containsExactly(99);
    assertThat(states.misses()).isZero();
  }

  @Test
  void shouldNotShareAnArrayWithTheStoreAfterAFlush() throws Exception {
    // A checkpoint may be written while the array is changed in place.
    HotStates states = new HotStates(1 << 20, store);
    states.update("key", new byte[] {1});
    states.flush();
    states.value("key")[0] = 2;
    assertThat(stored.get("key")).containsExactly(1);
  }

  @Test
  void shouldKeepNoMoreThanItMay() throws Exception {
    HotStates states = new HotStates(1_000, store);
    for (int i = 0; i < 50; i++) {
      states.update("key" + i, new byte[100]);
    }
    // Four of 224 bytes each stay.
    assertThat(written).hasSize(46).doesNotContain("key49").startsWith("key0", "key1");
    assertThat(states.value("key0")).hasSize(100);
    assertThat(states.misses()).isOne();
  }

  @Test
  void shouldBehaveAsTheStoreAloneWhateverItKeeps() throws Exception {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      stored.clear();
      HotStates states = new HotStates(random.nextInt(3_000), store);
      Map<String, byte[]> expected = new HashMap<>();
      for (int i = 0; i < 5_000; i++) {
        String key = "k" + random.nextInt(30);
        switch (random.nextInt(20)) {
          case 0 -> {
            states.update(key, null);
            expected.remove(key);
          }
          case 1 -> {
            states.flush();
            assertThat(stored.keySet())
                .as("seed %d, step %d", seed, i)
                .isEqualTo(expected.keySet());
            expected.forEach((k, v) -> assertThat(stored.get(k)).containsExactly(v));
          }
          default -> {
            byte[] value = states.value(key);
            assertThat(value).as("seed %d, step %d", seed, i).isEqualTo(expected.get(key));
            byte[] changed = new byte[random.nextInt(200)];
            random.nextBytes(changed);
            states.update(key, changed);
            expected.put(key, changed.clone());
          }
        }
      }
    }
  }
}
