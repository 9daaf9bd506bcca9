package io.millrace.server.retrain;

import io.millrace.feature.loop.ModelControl;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.SchemaRegistry;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The compacted topic {@code model-control}: which version of each model serves, and the changes to
 * it.
 *
 * <pre>{@code
 * try (ControlTopic control = ControlTopic.open(bootstrap, registry, InstantSource.system())) {
 *   ModelControl staged = control.stage("delay", 1, 2, "drift in dep_delay");
 *   control.activate("delay", staged.epoch(), "2,000 shadow scores");
 * }
 * }</pre>
 *
 * <p>Several processes may write. Each reads to the end, writes the next epoch and reads again:
 * where an epoch is there twice the earlier in the log holds for every reader, since all ignore an
 * epoch that is not above the one they hold, and the writer of the later one tries again with what
 * holds now. A writer that is killed just then leaves its ignored record as the last one, which
 * compaction would keep in place of the true one; {@link #settle} writes the true one again.
 *
 * <p>Thread-safe.
 */
public final class ControlTopic implements AutoCloseable {
  public static final String TOPIC = "model-control";
  private static final int TRIES = 20;

  /** What a writer wants, given what holds. */
  private interface Change {
    ModelControl next(Optional<ModelControl> held);
  }

  private final LoopCodec<ModelControl> codec;
  private final RecordLog.Writer writer;
  private final RecordLog<ModelControl> log;
  private final InstantSource clock;
  private final Map<String, RecordLog.Entry<ModelControl>> held = new HashMap<>();
  private final Map<String, Long> lastOffsets = new HashMap<>();
  private final Map<String, Set<Integer>> staged = new HashMap<>();

  private ControlTopic(
      LoopCodec<ModelControl> codec,
      RecordLog.Writer writer,
      RecordLog<ModelControl> log,
      InstantSource clock) {
    this.codec = codec;
    this.writer = writer;
    this.log = log;
    this.clock = clock;
  }

  /**
   * Creates the topic if it is not there.
   *
   * @throws RetrainException if the broker cannot be reached
   */
  public static ControlTopic open(
      String bootstrapServers, SchemaRegistry registry, InstantSource clock)
      throws InterruptedException {
    return open(new LoopTopics(bootstrapServers, registry), clock, problem -> {});
  }

  static ControlTopic open(LoopTopics topics, InstantSource clock, Consumer<String> problems)
      throws InterruptedException {
    topics.requireControl();
    RecordLog<ModelControl> log = topics.control(problems);
    return new ControlTopic(
        topics.codec(TOPIC, LoopRecords.MODEL_CONTROL),
        new RecordLog.Writer(topics.bootstrapServers()),
        log,
        clock);
  }

  /** What holds for a model now; empty if nothing was ever written. */
  public synchronized Optional<ModelControl> last(String model) throws InterruptedException {
    read();
    return Optional.ofNullable(held.get(model)).map(RecordLog.Entry::value);
  }

  /** Whether a version was ever staged, as far as compaction has left that to be seen. */
  synchronized boolean wasStaged(String model, int version) throws InterruptedException {
    read();
    return staged.getOrDefault(model, Set.of()).contains(version);
  }

  /**
   * Lets every subtask load a candidate and shadow the champion with it.
   *
   * @param champion the version that serves if no control record says which
   * @throws RetrainException if another candidate is staged, or the candidate serves already
   */
  public ModelControl stage(String model, int champion, int candidate, String reason)
      throws InterruptedException {
    return append(
        model,
        now -> {
          if (now.isPresent() && now.get().op() == ModelControl.Op.STAGE) {
            throw refused(model, now.get(), "abort that one first");
          }
          int serving = now.map(ModelControl::champion).orElse(champion);
          if (serving == candidate) {
            throw new RetrainException(
                "version %d of %s serves already and cannot be staged".formatted(candidate, model));
          }
          int previous = now.map(ModelControl::previous).orElse(0);
          return control(model, now, ModelControl.Op.STAGE, serving, previous, candidate, reason);
        });
  }

  /**
   * Makes the candidate that was staged with that epoch the champion.
   *
   * @throws RetrainException if something else holds by now
   */
  public ModelControl activate(String model, long stagedEpoch, String reason)
      throws InterruptedException {
    return append(
        model,
        now -> {
          ModelControl stage = requireStaged(model, now, stagedEpoch);
          return control(
              model, now, ModelControl.Op.ACTIVATE, stage.candidate(), stage.champion(), 0, reason);
        });
  }

  /**
   * Drops the candidate that was staged with that epoch.
   *
   * @throws RetrainException if something else holds by now
   */
  public ModelControl abort(String model, long stagedEpoch, String reason)
      throws InterruptedException {
    return append(
        model,
        now -> {
          ModelControl stage = requireStaged(model, now, stagedEpoch);
          return control(
              model, now, ModelControl.Op.ABORT, stage.champion(), stage.previous(), 0, reason);
        });
  }

  /**
   * Swaps the champion with the version before it; a candidate that is staged is dropped.
   *
   * @throws RetrainException if there is no version before it
   */
  public ModelControl rollback(String model, String reason) throws InterruptedException {
    return append(
        model,
        now -> {
          if (now.isEmpty() || now.get().previous() == 0) {
            throw new RetrainException(
                "%s has no previous version to roll back to; %s"
                    .formatted(
                        model,
                        now.map(c -> "version " + c.champion() + " is the only one so far")
                            .orElse("nothing was ever activated")));
          }
          return control(
              model,
              now,
              ModelControl.Op.ROLLBACK,
              now.get().previous(),
              now.get().champion(),
              0,
              reason);
        });
  }

  /** Writes what holds again if a record that nobody obeys lies after it. */
  void settle(String model) throws InterruptedException {
    synchronized (this) {
      read();
      RecordLog.Entry<ModelControl> now = held.get(model);
      if (now == null || now.offset() == lastOffsets.get(model)) {
        return;
      }
    }
    append(
        model,
        now -> {
          ModelControl same = now.orElseThrow();
          return control(
              model,
              now,
              same.op(),
              same.champion(),
              same.previous(),
              same.candidate(),
              same.reason());
        });
  }

  @Override
  public synchronized void close() {
    log.close();
    writer.close();
  }

  private synchronized ModelControl append(String model, Change change)
      throws InterruptedException {
    for (int i = 0; i < TRIES; i++) {
      read();
      ModelControl next =
          change.next(Optional.ofNullable(held.get(model)).map(RecordLog.Entry::value));
      long offset = writer.append(TOPIC, model, codec.encode(next));
      if (read().contains(offset)) {
        return next;
      }
    }
    throw new RetrainException(
        "%d times another writer changed %s first; see who writes to %s"
            .formatted(TRIES, model, TOPIC));
  }

  /**
   * Applies what has come by the rule that all readers follow.
   *
   * @return the offsets of those that hold, or held until the next
   */
  private Set<Long> read() throws InterruptedException {
    Set<Long> obeyed = new HashSet<>();
    for (RecordLog.Entry<ModelControl> entry : log.toEnd()) {
      ModelControl control = entry.value();
      lastOffsets.put(control.model(), entry.offset());
      RecordLog.Entry<ModelControl> before = held.get(control.model());
      if (before != null && control.epoch() <= before.value().epoch()) {
        continue;
      }
      held.put(control.model(), entry);
      obeyed.add(entry.offset());
      if (control.candidate() > 0) {
        staged.computeIfAbsent(control.model(), unused -> new TreeSet<>()).add(control.candidate());
      }
    }
    return obeyed;
  }

  private ModelControl control(
      String model,
      Optional<ModelControl> now,
      ModelControl.Op op,
      int champion,
      int previous,
      int candidate,
      String reason) {
    long epoch = now.map(ModelControl::epoch).orElse(0L) + 1;
    return new ModelControl(
        model, epoch, op, champion, previous, candidate, reason, clock.millis());
  }

  private static ModelControl requireStaged(
      String model, Optional<ModelControl> now, long stagedEpoch) {
    if (now.isEmpty()) {
      throw new RetrainException("nothing was ever staged for " + model);
    }
    ModelControl held = now.get();
    if (held.op() != ModelControl.Op.STAGE || held.epoch() != stagedEpoch) {
      throw refused(model, held, "what was staged with epoch " + stagedEpoch + " is over");
    }
    return held;
  }

  private static RetrainException refused(String model, ModelControl held, String consequence) {
    return new RetrainException(
        "%s is at epoch %d: %s with champion %d and candidate %d (%s); %s"
            .formatted(
                model,
                held.epoch(),
                held.op(),
                held.champion(),
                held.candidate(),
                held.reason(),
                consequence));
  }
}
