package io.millrace.jobs.intake;

import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.MalformedRecordException;
import io.millrace.schema.SchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic {@code erasures} as a process follows it: one consumer and one thread, however many
 * subtasks listen, from when the first of them begins until the last has left; nothing of it is
 * left then, so that a job's classes can go with the job. What was told stays on the heap, a few
 * hundred bytes for each erasure that ever was. Thread-safe.
 */
final class ErasureLog {
  static final TopicPartition TOPIC = new TopicPartition(Erasure.TOPIC, 0);

  /** How long a call of Kafka's clients may take. */
  static final Duration LIMIT = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(ErasureLog.class);
  private static final Duration STEP = Duration.ofMillis(250);
  private static final Duration ENDING = Duration.ofSeconds(5);

  /** Those that are followed, by place. On a session cluster each job has classes of its own. */
  private static final Map<Object, ErasureLog> FOLLOWED = new HashMap<>();

  private final Object place;
  private final Clients clients;
  private final LoopCodec<Erasure> codec;
  private final Consumer<byte[], byte[]> consumer;
  private final Thread thread;
  private final List<Erasure> told = new ArrayList<>();
  private final List<CompletableFuture<Void>> asked = new ArrayList<>();
  private final Object answering = new Object();
  private LoopCodec<ErasureAck> acks;
  private Producer<byte[], byte[]> producer;
  // Guarded by FOLLOWED.
  private int listeners;
  private volatile boolean closed;
  private volatile RuntimeException failure;

  /** What it speaks to Kafka with; asked for when it is needed. */
  interface Clients {
    Consumer<byte[], byte[]> consumer();

    Producer<byte[], byte[]> producer();

    SchemaRegistry registry();
  }

  private ErasureLog(Object place, Clients clients) {
    this.place = place;
    this.clients = clients;
    this.codec = new LoopCodec<>(Erasure.TOPIC, LoopRecords.ERASURE, clients.registry());
    this.consumer = clients.consumer();
    this.thread = new Thread(this::follow, "erasures");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Begins to listen, and has read by then all that was told.
   *
   * @param place the same for those that share it
   * @throws RuntimeException if it cannot be read
   */
  static ErasureLog listen(Object place, Clients clients) {
    ErasureLog log;
    synchronized (FOLLOWED) {
      log = FOLLOWED.get(place);
      if (log == null || log.failure != null) {
        log = new ErasureLog(place, clients);
        FOLLOWED.put(place, log);
      }
      log.listeners++;
    }
    try {
      log.readToEnd();
      return log;
    } catch (RuntimeException e) {
      log.leave();
      throw e;
    }
  }

  /** Ends it with the last listener. Called once for each {@link #listen}. */
  void leave() {
    synchronized (FOLLOWED) {
      listeners--;
      if (listeners > 0) {
        return;
      }
      FOLLOWED.remove(place, this);
    }
    closed = true;
    consumer.wakeup();
    synchronized (answering) {
      if (producer != null) {
        producer.close(STEP);
      }
    }
    try {
      thread.join(ENDING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * What was told, the oldest first.
   *
   * @param heard how many of them are left out
   * @throws RuntimeException if it can no longer be read
   */
  List<Erasure> after(int heard) {
    if (failure != null) {
      throw failure;
    }
    synchronized (told) {
      return told.size() == heard ? List.of() : List.copyOf(told.subList(heard, told.size()));
    }
  }

  /** Answers; does not wait. */
  void acknowledge(ErasureAck ack) {
    synchronized (answering) {
      if (producer == null) {
        acks = new LoopCodec<>(Erasure.ACKS_TOPIC, LoopRecords.ERASURE_ACK, clients.registry());
        producer = clients.producer();
      }
      Future<?> unused =
          producer.send(
              new ProducerRecord<>(
                  Erasure.ACKS_TOPIC,
                  ack.erasureId().getBytes(StandardCharsets.UTF_8),
                  acks.encode(ack)),
              (done, error) -> {
                if (error != null) {
                  // Whoever waits is not told; a restart tells again.
                  LOG.warn("An answer to erasure {} was not written.", ack.erasureId(), error);
                }
              });
    }
  }

  private void readToEnd() {
    CompletableFuture<Void> read = new CompletableFuture<>();
    synchronized (asked) {
      if (failure != null) {
        throw failure;
      }
      asked.add(read);
    }
    consumer.wakeup();
    try {
      read.get(2 * LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw unread(e.getCause());
    } catch (TimeoutException e) {
      throw unread(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unread(e);
    }
  }

  private static IllegalStateException unread(Throwable cause) {
    return new IllegalStateException(
        TOPIC + " cannot be read, so nobody knows who is erased: " + cause.getMessage(), cause);
  }

  private void follow() {
    try (consumer) {
      consumer.assign(List.of(TOPIC));
      consumer.seekToBeginning(List.of(TOPIC));
      while (!closed) {
        try {
          answerAsked();
          take();
        } catch (WakeupException e) {
          LOG.trace("somebody asks for {}, or all have left", TOPIC);
        }
      }
    } catch (RuntimeException e) {
      synchronized (asked) {
        failure = e;
        asked.forEach(one -> one.completeExceptionally(e));
      }
    }
  }

  /** Tells those that wait for the end of the topic when it is read. */
  private void answerAsked() {
    List<CompletableFuture<Void>> now;
    synchronized (asked) {
      now = List.copyOf(asked);
    }
    if (now.isEmpty()) {
      return;
    }
    try {
      long end = consumer.endOffsets(List.of(TOPIC)).get(TOPIC);
      while (consumer.position(TOPIC) < end) {
        take();
      }
      now.forEach(one -> one.complete(null));
    } catch (WakeupException e) {
      throw e;
    } catch (KafkaException e) {
      // Whoever has read it before goes on.
      now.forEach(one -> one.completeExceptionally(e));
    }
    synchronized (asked) {
      asked.removeIf(CompletableFuture::isDone);
    }
  }

  private void take() {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(STEP)) {
      if (record.value() == null) {
        continue;
      }
      try {
        Erasure erasure = codec.decode(record.value());
        synchronized (told) {
          told.add(erasure);
        }
      } catch (MalformedRecordException e) {
        throw new IllegalStateException(
            "%s@%d is malformed: %s".formatted(TOPIC, record.offset(), e.getMessage()), e);
      }
    }
  }
}
