package io.millrace.jobs.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageQueueTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldGiveWhatWaitsInTheTotalOrder(long seed) {
    Random random = new Random(seed);
    MessageQueue queue = new MessageQueue();
    PriorityQueue<ViewMessage> expected = new PriorityQueue<>(ViewMessage.TOTAL_ORDER);
    for (int i = 0; i < 5_000; i++) {
      if (random.nextInt(5) < 3 || expected.isEmpty()) {
        // Two keys of one hash among them.
        String key = random.nextBoolean() ? "Aa" : random.nextBoolean() ? "BB" : "C" + i % 7;
        long timeMs = random.nextInt(40);
        ViewMessage message =
            switch (random.nextInt(3)) {
              case 0 -> ViewMessage.wake(0, key, timeMs);
              case 1 -> ViewMessage.ask(0, key, timeMs, i, 0, "who" + i, 0);
              default -> ViewMessage.event(0, key, timeMs, i, 0, new byte[0]);
            };
        queue.add(message);
        expected.add(message);
      } else {
        ViewMessage next = queue.poll();
        assertThat(ViewMessage.TOTAL_ORDER.compare(next, expected.poll()))
            .as("seed %d, step %d", seed, i)
            .isZero();
      }
      assertThat(queue.size()).isEqualTo(expected.size());
    }
    assertThat(queue).containsExactlyInAnyOrderElementsOf(expected);
  }
}
