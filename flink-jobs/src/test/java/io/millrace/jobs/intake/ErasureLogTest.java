package io.millrace.jobs.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.schema.LocalSchemaRegistry;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.SchemaRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All subtasks of a process share one consumer, which is there as long as one of them is. */
@Timeout(60)
class ErasureLogTest {
  private final Topic topic = new Topic();

  @Test
  void shouldBeSharedByAllAndEndWithTheLast() throws Exception {
    topic.tell("one");
    ExecutorService subtasks = Executors.newFixedThreadPool(8);
    try {
      List<Future<ErasureLog>> begun = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        begun.add(subtasks.submit(() -> ErasureLog.listen(this, topic)));
      }
      for (Future<ErasureLog> one : begun) {
        assertThat(one.get().after(0)).as("known before it returns").hasSize(1);
      }
      assertThat(topic.consumers).hasSize(1);
      topic.tell("two");
      for (Future<ErasureLog> one : begun) {
        await(() -> after(one, 1).size() == 1);
        one.get()
            .acknowledge(
                new ErasureAck(
                    "two", Erasure.Phase.CLOSE, "features x", "gate", 0, 1, List.of(), 1, 0, 5));
      }
      assertThat(topic.producers).hasSize(1);
      assertThat(topic.producers.get(0).history()).hasSize(8);
      for (int i = 0; i < 7; i++) {
        begun.get(i).get().leave();
      }
      assertThat(topic.consumers.get(0).closed()).as("while one listens").isFalse();
      begun.get(7).get().leave();
      assertThat(topic.consumers.get(0).closed()).isTrue();
      assertThat(topic.producers.get(0).closed()).isTrue();
      assertThat(topic.followers()).isZero();

      ErasureLog again = ErasureLog.listen(this, topic);
      assertThat(again.after(0)).extracting(Erasure::id).containsExactly("one", "two");
      assertThat(topic.consumers).as("begun anew").hasSize(2);
      again.leave();
    } finally {
      subtasks.shutdownNow();
    }
  }

  @Test
  void shouldKnowWhatWasToldSinceTheFirstBegan() {
    ErasureLog first = ErasureLog.listen(this, topic);
    for (int i = 1; i <= 20; i++) {
      topic.tell("e" + i);
      ErasureLog later = ErasureLog.listen(this, topic);
      assertThat(later.after(0)).as("told before it began").hasSize(i);
      later.leave();
    }
    assertThat(topic.consumers).hasSize(1);
    first.leave();
  }

  @Test
  void shouldFailAllThatListenWhenItCannotReadOnAndBeginAnew() throws Exception {
    ErasureLog log = ErasureLog.listen(this, topic);
    topic.append(new byte[] {1, 2, 3});
    await(
        () -> {
          try {
            log.after(0);
            return false;
          } catch (IllegalStateException e) {
            return e.getMessage().startsWith("erasures-0@0 is malformed: ");
          }
        });
    assertThatThrownBy(() -> ErasureLog.listen(this, topic))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "erasures-0 cannot be read, so nobody knows who is erased: erasures-0@0 is malformed");
    topic.records.clear();
    ErasureLog mended = ErasureLog.listen(this, topic);
    assertThat(mended.after(0)).isEmpty();
    log.leave();
    assertThat(topic.consumers.get(topic.consumers.size() - 1).closed())
        .as("the one that is followed now")
        .isFalse();
    mended.leave();
    assertThat(topic.followers()).isZero();
  }

  private static List<Erasure> after(Future<ErasureLog> log, int heard) {
    try {
      return log.get().after(heard);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  /** A topic of one partition in memory, and the clients that were asked for. */
  private static final class Topic implements ErasureLog.Clients {
    private final LocalSchemaRegistry registry = new LocalSchemaRegistry();
    private final LoopCodec<Erasure> codec =
        new LoopCodec<>(Erasure.TOPIC, LoopRecords.ERASURE, registry);
    private final List<byte[]> records = new ArrayList<>();
    private final List<MockConsumer<byte[], byte[]>> consumers = new CopyOnWriteArrayList<>();
    private final List<MockProducer<byte[], byte[]>> producers = new CopyOnWriteArrayList<>();

    private void tell(String id) {
      append(codec.encode(new Erasure(id, "card", "00", Erasure.Phase.CLOSE, 1, 1)));
    }

    private void append(byte[] value) {
      records.add(value);
      consumers.stream().filter(one -> !one.closed()).forEach(one -> show(one, records.size()));
    }

    /** The newest record. */
    private void show(MockConsumer<byte[], byte[]> consumer, int count) {
      consumer.updateEndOffsets(Map.of(ErasureLog.TOPIC, (long) count));
      byte[] value = records.get(count - 1);
      consumer.schedulePollTask(
          () ->
              consumer.addRecord(
                  new ConsumerRecord<>(Erasure.TOPIC, 0, count - 1L, new byte[0], value)));
    }

    private long followers() {
      return Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> thread.getName().equals("erasures"))
          .count();
    }

    @Override
    public Consumer<byte[], byte[]> consumer() {
      MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
      consumer.updateBeginningOffsets(Map.of(ErasureLog.TOPIC, 0L));
      consumer.updateEndOffsets(Map.of(ErasureLog.TOPIC, 0L));
      for (int i = 1; i <= records.size(); i++) {
        show(consumer, i);
      }
      consumers.add(consumer);
      return consumer;
    }

    @Override
    public Producer<byte[], byte[]> producer() {
      MockProducer<byte[], byte[]> producer =
          new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
      producers.add(producer);
      return producer;
    }

    @Override
    public SchemaRegistry registry() {
      return registry;
    }
  }
}
