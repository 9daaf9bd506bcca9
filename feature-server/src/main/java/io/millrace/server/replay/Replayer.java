package io.millrace.server.replay;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Values;
import io.millrace.schema.SchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Utils;

/**
 * Sends recorded events to their sources' topics, as if they happened now.
 *
 * <p>An event of a source of changes is sent as a row that was created. The topics of all sources
 * of the definitions are created and their schemas registered. While it runs, a heartbeat goes to
 * every partition of every topic at least every 50 ms, so that readers know how far event time is
 * even where nothing happens. The last heartbeat is one day and one millisecond after the last
 * event: it closes every window that the events fill.
 *
 * <pre>{@code
 * try (MergedHistory past = MergedHistory.open(definitions.sources(), HistoryRange.all())) {
 *   ReplayResult sent =
 *       Replayer.of(definitions, past)
 *           .to("127.0.0.1:9092", registry)
 *           .speed(3600)
 *           .run();
 * }
 * }</pre>
 *
 * <p>One instance runs once, in the thread that calls {@link #run}. Interrupting that thread ends
 * the replay.
 */
public final class Replayer {
  private static final Duration LAST_HEARTBEAT_AHEAD = Duration.ofDays(1).plusMillis(1);
  private static final long SHORTEST_WAIT_NANOS = 500_000;
  private static final long HOLD_MS = 50;
  private static final long PROGRESS_NANOS = 200_000_000;

  private final Definitions definitions;
  private final Iterator<Event> events;
  private Collection<String> sources;
  private String bootstrapServers;
  private SchemaRegistry registry;
  private double speed = Double.POSITIVE_INFINITY;
  private long maxEvents = Long.MAX_VALUE;
  private int partitions = 2;
  private boolean resuming;
  private BooleanSupplier hold = () -> false;
  private Consumer<ReplayProgress> progress = unused -> {};

  private Replayer(Definitions definitions, Iterator<Event> events) {
    this.definitions = definitions;
    this.events = events;
    this.sources = definitions.sources().stream().map(EventSource::name).toList();
  }

  /**
   * A replay of events.
   *
   * @param events in the order of their time
   */
  public static Replayer of(Definitions definitions, Iterator<Event> events) {
    return new Replayer(definitions, events);
  }

  /** Which sources' events are sent; those of others are passed over. All unless called. */
  public Replayer sources(Collection<String> names) {
    names.forEach(definitions::source);
    this.sources = List.copyOf(names);
    return this;
  }

  /** Where the events are sent. */
  public Replayer to(String bootstrapServers, SchemaRegistry registry) {
    this.bootstrapServers = Objects.requireNonNull(bootstrapServers, "bootstrapServers");
    this.registry = Objects.requireNonNull(registry, "registry");
    return this;
  }

  /**
   * How many seconds of event time pass in one second. Stretches of more than six hours without any
   * event are skipped. As fast as the broker takes them, {@link Double#POSITIVE_INFINITY}, unless
   * called.
   */
  public Replayer speed(double factor) {
    if (!(factor > 0)) {
      throw new IllegalArgumentException("a speed must be above 0, but it is " + factor);
    }
    this.speed = factor;
    return this;
  }

  /** Ends after so many events; no bound unless called. */
  public Replayer maxEvents(long count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "the number of events must not be negative, but it is " + count);
    }
    this.maxEvents = count;
    return this;
  }

  /** How many partitions a topic gets that does not exist yet; 2 unless called. */
  public Replayer partitions(int perTopic) {
    if (perTopic < 1) {
      throw new IllegalArgumentException("a topic needs 1 partition or more, not " + perTopic);
    }
    this.partitions = perTopic;
    return this;
  }

  /**
   * Goes on where an earlier replay of the same events to the same topics was interrupted, however
   * hard: what a partition holds already is not sent again. The events are read from their
   * beginning nevertheless, and those passed over count as sent.
   */
  public Replayer resuming(boolean goOn) {
    this.resuming = goOn;
    return this;
  }

  /**
   * Stands still, and event time with it, as long as this says so; it is asked before each event.
   */
  public Replayer holding(BooleanSupplier whether) {
    this.hold = whether;
    return this;
  }

  /** Who is told about five times a second, and at the end, in the thread that runs. */
  public Replayer progress(Consumer<ReplayProgress> listener) {
    this.progress = listener;
    return this;
  }

  /**
   * Sends the events; returns when the broker has them all.
   *
   * @throws ReplayException when a topic cannot be created, or an event does not fit its schema or
   *     cannot be sent
   * @throws IllegalArgumentException when the events are not in the order of time
   * @throws InterruptedException when this thread is interrupted; part of the events were sent
   */
  public ReplayResult run() throws InterruptedException {
    if (bootstrapServers == null) {
      throw new IllegalStateException("a replay needs to know where to send: call to(...)");
    }
    List<String> topics =
        definitions.sources().stream().map(EventSource::topic).distinct().toList();
    Map<String, Integer> partitionCounts = Topics.require(bootstrapServers, topics, partitions);
    Map<String, Outlet> outlets = new LinkedHashMap<>();
    for (EventSource source : definitions.sources()) {
      int count = partitionCounts.get(source.topic());
      long[] there =
          resuming ? SentBefore.count(bootstrapServers, source.topic(), count) : new long[count];
      Outlet outlet = new Outlet(source, registry, there);
      outlet.codec.register();
      if (sources.contains(source.name())) {
        outlets.put(source.name(), outlet);
      }
    }

    HeldClock held = new HeldClock(System::nanoTime);
    Pace pace = new Pace(speed, held);
    try (TopicWriter writer = new TopicWriter(bootstrapServers)) {
      long startNanos = System.nanoTime();
      Sent sent;
      try (Heartbeats heartbeats = Heartbeats.start(writer, partitionCounts, pace)) {
        sent = sendAll(outlets, writer, pace, held, startNanos);
        heartbeats.throwFailure();
      }
      writer.flush();
      if (sent.count > 0) {
        long end = sent.lastMs + LAST_HEARTBEAT_AHEAD.toMillis();
        Heartbeats.sendOne(writer, partitionCounts, end);
        writer.flush();
      }
      return result(outlets, sent, startNanos);
    }
  }

  private Sent sendAll(
      Map<String, Outlet> outlets, TopicWriter writer, Pace pace, HeldClock held, long startNanos)
      throws InterruptedException {
    Sent sent = new Sent();
    long nextProgress = startNanos;
    while (sent.count < maxEvents && events.hasNext()) {
      if (Thread.interrupted()) {
        throw new InterruptedException("the replay was interrupted");
      }
      Event event = events.next();
      Outlet outlet = outlets.get(event.source());
      if (outlet == null) {
        continue;
      }
      byte[] key = outlet.keyOf(event.values());
      int partition = outlet.partitionOf(key);
      if (!outlet.isThere(partition)) {
        while (hold.getAsBoolean()) {
          held.hold();
          TimeUnit.MILLISECONDS.sleep(HOLD_MS);
        }
        held.release();
        long early = pace.nanosUntil(event.timeMs());
        if (early > SHORTEST_WAIT_NANOS) {
          TimeUnit.NANOSECONDS.sleep(early);
        }
        outlet.send(event, partition, key, writer);
      }
      sent.add(event);
      long now = System.nanoTime();
      if (now - nextProgress >= 0) {
        nextProgress = now + PROGRESS_NANOS;
        tell(sent, startNanos);
      }
    }
    if (sent.count > 0) {
      tell(sent, startNanos);
    }
    return sent;
  }

  private void tell(Sent sent, long startNanos) {
    progress.accept(
        new ReplayProgress(
            sent.count,
            Instant.ofEpochMilli(sent.lastMs),
            Duration.ofNanos(System.nanoTime() - startNanos)));
  }

  private static ReplayResult result(Map<String, Outlet> outlets, Sent sent, long startNanos) {
    Map<String, Long> counts = new LinkedHashMap<>();
    outlets.forEach((name, outlet) -> counts.put(name, outlet.count));
    boolean any = sent.count > 0;
    return new ReplayResult(
        counts,
        any ? Optional.of(Instant.ofEpochMilli(sent.firstMs)) : Optional.empty(),
        any ? Optional.of(Instant.ofEpochMilli(sent.lastMs)) : Optional.empty(),
        Duration.ofNanos(System.nanoTime() - startNanos));
  }

  /** What was sent so far. */
  private static final class Sent {
    private long count;
    private long firstMs;
    private long lastMs;

    private void add(Event event) {
      if (count == 0) {
        firstMs = event.timeMs();
      }
      lastMs = event.timeMs();
      count++;
    }
  }

  /** How one source's events become messages. */
  private static final class Outlet {
    private final String topic;
    private final Encoder codec;
    private final Optional<KeyReader> keys;
    private final long[] there;
    private long count;

    /**
     * @param there how many events of this replay each partition holds already; counted down
     */
    private Outlet(EventSource source, SchemaRegistry registry, long[] there) {
      this.there = there;
      this.topic = source.topic();
      this.codec = Encoder.of(source, registry);
      this.keys =
          source.messageKey().isEmpty()
              ? Optional.empty()
              : Optional.of(KeyReader.of(source.messageKey(), source.schema()));
    }

    /** As Kafka's own partitioner would; events without a key go round. */
    private int partitionOf(byte[] key) {
      return key == null
          ? (int) (count % there.length)
          : Utils.toPositive(Utils.murmur2(key)) % there.length;
    }

    /** Whether the next event of this partition was sent before; then it counts as sent. */
    private boolean isThere(int partition) {
      if (there[partition] == 0) {
        return false;
      }
      there[partition]--;
      count++;
      return true;
    }

    private void send(Event event, int partition, byte[] key, TopicWriter writer)
        throws InterruptedException {
      writer.send(topic, partition, key, encode(event));
      count++;
    }

    private byte[] encode(Event event) {
      try {
        return codec.encode(event.values());
      } catch (IllegalArgumentException e) {
        throw new ReplayException(
            "The event of "
                + event.source()
                + " at "
                + event.position()
                + ", "
                + Instant.ofEpochMilli(event.timeMs())
                + ", does not fit its schema: "
                + e.getMessage(),
            e);
      }
    }

    /** Null if the source has no key, or one of its columns is null. */
    private byte[] keyOf(Values values) {
      return keys.map(reader -> reader.keyTextOf(values))
          .map(text -> text.getBytes(StandardCharsets.UTF_8))
          .orElse(null);
    }
  }
}
