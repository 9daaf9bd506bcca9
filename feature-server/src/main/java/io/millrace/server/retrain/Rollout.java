package io.millrace.server.retrain;

import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.model.ModelRepository;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Brings a candidate that passed its gates into service: STAGE, until every subtask has it loaded;
 * shadow, until it has answered often enough; ACTIVATE. Anything amiss before that is an ABORT, and
 * the champion serves on; subtasks that do not say in time that they serve it are a ROLLBACK.
 *
 * <p>What was done already is read from the topics, so that a rollout that was cut off at any point
 * goes on when {@link #run} is called again. One for each attempt; not thread-safe.
 */
final class Rollout {
  private static final Duration POLL = Duration.ofMillis(100);

  /** How a rollout ended. */
  record Outcome(boolean activated, String detail) {}

  /** The acknowledgements of one control record; empty while some may still come. */
  private record Acks(boolean ready, String detail) {}

  private final ControlTopic control;
  private final ModelRepository models;
  private final RecordLog<ModelAck> acks;
  private final RecordLog<ShadowScore> shadows;
  private final WorkerOptions options;
  private final Consumer<String> progress;
  private final TreeMap<Long, TreeMap<Integer, ModelAck>> acksByEpoch = new TreeMap<>();

  /**
   * @param acks from their beginning
   * @param shadows from their beginning
   */
  Rollout(
      ControlTopic control,
      ModelRepository models,
      RecordLog<ModelAck> acks,
      RecordLog<ShadowScore> shadows,
      WorkerOptions options,
      Consumer<String> progress) {
    this.control = control;
    this.models = models;
    this.acks = acks;
    this.shadows = shadows;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Rolls a version out, or goes on doing so.
   *
   * @param champion the version that serves if no control record says which
   */
  Outcome run(String model, int champion, int candidate, String reason)
      throws InterruptedException {
    Optional<ModelControl> held = control.last(model);
    if (held.isPresent() && held.get().champion() == candidate) {
      return confirm(held.get(), "was activated before the worker was cut off");
    }
    ModelControl staged;
    if (held.isPresent() && held.get().candidate() == candidate) {
      staged = held.get();
      progress.accept("goes on with epoch " + staged.epoch());
    } else if (control.wasStaged(model, candidate)) {
      return overtakenBy(held.get());
    } else if (held.isPresent() && held.get().candidate() > 0) {
      return new Outcome(
          false,
          "version %d is staged with epoch %d; activate or abort it first"
              .formatted(held.get().candidate(), held.get().epoch()));
    } else {
      staged = control.stage(model, champion, candidate, reason);
      progress.accept("staged with epoch " + staged.epoch());
    }
    models.challenge(model, candidate);

    Optional<Acks> loaded = awaitAcks(staged, options.ackTimeout());
    if (overtaken(staged)) {
      return overtakenBy(control.last(model).orElseThrow());
    }
    if (loaded.isEmpty() || !loaded.get().ready()) {
      return abort(staged, loaded.map(Acks::detail).orElseGet(() -> missing(staged)));
    }
    progress.accept(loaded.get().detail());

    Shadowing shadowing = new Shadowing(model, staged.epoch());
    long endNanos = System.nanoTime() + options.shadowTimeout().toNanos();
    while (shadowing.count() < options.shadowScores() && shadowing.fault().isEmpty()) {
      shadows.poll(POLL).forEach(entry -> shadowing.add(entry.value()));
      if (overtaken(staged)) {
        return overtakenBy(control.last(model).orElseThrow());
      }
      if (System.nanoTime() - endNanos > 0 && shadowing.count() < options.shadowScores()) {
        return abort(
            staged,
            "only %d of %d shadow scores came within %s"
                .formatted(shadowing.count(), options.shadowScores(), options.shadowTimeout()));
      }
    }
    if (shadowing.fault().isPresent()) {
      return abort(staged, shadowing.fault().get() + ", which is no probability");
    }
    progress.accept(shadowing.words());

    ModelControl active;
    try {
      active = control.activate(model, staged.epoch(), shadowing.words());
    } catch (RetrainException e) {
      // Lost to another writer, or the broker is gone; the first is an end.
      if (overtaken(staged)) {
        return overtakenBy(control.last(model).orElseThrow());
      }
      throw e;
    }
    return confirm(active, shadowing.words());
  }

  /**
   * The alias follows the control topic; the subtasks say that they serve it. If one does not, or
   * not in time, the version before is made champion again.
   */
  private Outcome confirm(ModelControl active, String detail) throws InterruptedException {
    models.promote(active.model(), active.champion());
    Optional<Acks> served = awaitAcks(active, options.ackTimeout());
    boolean serves = served.map(Acks::ready).orElse(false);
    String words = served.map(Acks::detail).orElseGet(() -> missing(active));
    if (serves || overtaken(active)) {
      return new Outcome(true, detail + "; " + words);
    }
    ModelControl back;
    try {
      back = control.rollback(active.model(), "rolled back by itself: " + words);
    } catch (RetrainException e) {
      if (overtaken(active)) {
        return overtakenBy(control.last(active.model()).orElseThrow());
      }
      throw e;
    }
    models.promote(back.model(), back.champion());
    return new Outcome(false, "version %d serves again: %s".formatted(back.champion(), words));
  }

  private Outcome abort(ModelControl staged, String detail) throws InterruptedException {
    try {
      control.abort(staged.model(), staged.epoch(), detail);
    } catch (RetrainException e) {
      if (!overtaken(staged)) {
        throw e;
      }
    }
    return new Outcome(false, detail);
  }

  /** Whether someone else, say by hand, has changed the model since. */
  private boolean overtaken(ModelControl mine) throws InterruptedException {
    return control.last(mine.model()).orElseThrow().epoch() != mine.epoch();
  }

  private static Outcome overtakenBy(ModelControl other) {
    return new Outcome(
        false, "epoch %d is %s: %s".formatted(other.epoch(), other.op(), other.reason()));
  }

  /** Waits until all subtasks are ready or one is not; empty if time runs out before. */
  private Optional<Acks> awaitAcks(ModelControl record, Duration limit)
      throws InterruptedException {
    long endNanos = System.nanoTime() + limit.toNanos();
    while (true) {
      for (RecordLog.Entry<ModelAck> entry : acks.poll(POLL)) {
        ModelAck ack = entry.value();
        if (ack.model().equals(record.model())) {
          acksByEpoch.computeIfAbsent(ack.epoch(), e -> new TreeMap<>()).put(ack.subtask(), ack);
        }
      }
      Optional<Acks> result = judge(record);
      if (result.isPresent()) {
        return result;
      }
      if (System.nanoTime() - endNanos > 0 || overtaken(record)) {
        return Optional.empty();
      }
    }
  }

  private Optional<Acks> judge(ModelControl record) {
    TreeMap<Integer, ModelAck> heard = acksOf(record);
    for (ModelAck ack : heard.values()) {
      if (!ack.ready()) {
        return Optional.of(
            new Acks(
                false,
                "subtask %d could not take version %d: %s"
                    .formatted(ack.subtask(), ack.version(), ack.detail())));
      }
    }
    int subtasks = heard.values().stream().mapToInt(ModelAck::subtasks).max().orElse(0);
    if (subtasks == 0 || heard.headMap(subtasks).size() < subtasks) {
      return Optional.empty();
    }
    long slowest = heard.values().stream().mapToLong(ModelAck::loadMillis).max().orElse(0);
    String what = record.op() == ModelControl.Op.STAGE ? "loaded" : "served";
    return Optional.of(
        new Acks(
            true,
            "%s by all %d subtasks, the slowest after %d ms".formatted(what, subtasks, slowest)));
  }

  private String missing(ModelControl record) {
    TreeMap<Integer, ModelAck> heard = acksOf(record);
    int subtasks = heard.values().stream().mapToInt(ModelAck::subtasks).max().orElse(0);
    return "%d of %s subtasks answered to %s of epoch %d within %s"
        .formatted(
            heard.size(),
            subtasks == 0 ? "all" : Integer.toString(subtasks),
            record.op(),
            record.epoch(),
            options.ackTimeout());
  }

  private TreeMap<Integer, ModelAck> acksOf(ModelControl record) {
    return acksByEpoch.getOrDefault(record.epoch(), new TreeMap<>());
  }
}
