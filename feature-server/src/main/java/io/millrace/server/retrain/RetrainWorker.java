package io.millrace.server.retrain;

import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.feature.loop.RetrainStatus.Phase;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.model.ModelRefusedException;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.train.TrainingException;
import io.millrace.offline.OfflineException;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.server.replay.ReplayException;
import io.millrace.server.train.TrainingRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Takes the retraining requests of one model, one after the other: trains, holds the candidate
 * against the gates, rolls it out, and tells each step on the topic {@code retrain-status}.
 *
 * <p>It remembers nothing itself. When it starts it reads both topics from their beginnings: a
 * request whose last status is no end is taken up again where it stands, one that has ended never.
 * A candidate that was saved for the request is used again, a rollout goes on. So a worker may be
 * killed at any moment; two at a time for one model it must not be.
 *
 * <p>Its thread is the one that calls {@link #run}; an interrupt ends it.
 */
public final class RetrainWorker {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int RETRY_SECONDS = 5;

  private final LoopTopics topics;
  private final String service;
  private final String model;
  private final ModelRepository models;
  private final Candidates candidates;
  private final CandidateGate gate;
  private final WorkerOptions options;
  private final InstantSource clock;
  private final Consumer<String> lines;

  /**
   * @param lines hears what goes on, a line each
   */
  public RetrainWorker(
      LoopTopics topics,
      Candidates candidates,
      CandidateGate gate,
      WorkerOptions options,
      InstantSource clock,
      Consumer<String> lines) {
    this.topics = topics;
    this.service = candidates.service();
    this.model = candidates.model();
    this.models = candidates.models();
    this.candidates = candidates;
    this.gate = gate;
    this.options = options;
    this.clock = clock;
    this.lines = lines;
  }

  /** The logs of one connection, and what they have told so far. */
  private final class Session implements AutoCloseable {
    private final ControlTopic control = ControlTopic.open(topics, clock, lines);
    private final RecordLog<RetrainRequest> requests = topics.requests(lines);
    private final RecordLog<RetrainStatus> statuses = topics.statuses(lines);
    private final RecordLog.Writer writer = new RecordLog.Writer(topics.bootstrapServers());
    private final LoopCodec<RetrainStatus> codec =
        topics.codec(LoopTopics.STATUS, LoopRecords.RETRAIN_STATUS);
    private final Map<String, RetrainRequest> asked = new LinkedHashMap<>();
    private final Map<String, RetrainStatus> last = new LinkedHashMap<>();

    private Session() throws InterruptedException {}

    /** The oldest request that has not ended. */
    private Optional<RetrainRequest> next() throws InterruptedException {
      for (RecordLog.Entry<RetrainRequest> entry : requests.poll(POLL)) {
        if (entry.value().model().equals(model)) {
          asked.putIfAbsent(entry.value().id(), entry.value());
        }
      }
      for (RecordLog.Entry<RetrainStatus> entry : statuses.toEnd()) {
        note(entry.value());
      }
      return asked.values().stream().filter(request -> !hasEnded(request)).findFirst();
    }

    private void note(RetrainStatus status) {
      if (status.model().equals(model)) {
        last.put(status.requestId(), status);
      }
    }

    private boolean hasEnded(RetrainRequest request) {
      RetrainStatus status = last.get(request.id());
      return status != null && status.phase().isEnd();
    }

    private void tell(RetrainRequest request, Phase phase, int candidate, String detail)
        throws InterruptedException {
      RetrainStatus status =
          new RetrainStatus(request.id(), model, phase, candidate, detail, clock.millis());
      writer.append(LoopTopics.STATUS, model, codec.encode(status));
      note(status);
      lines.accept("%s %s: %s".formatted(request.id(), phase, detail));
    }

    @Override
    public void close() {
      writer.close();
      statuses.close();
      requests.close();
      control.close();
    }
  }

  /**
   * Works until it is interrupted. A broker that cannot be reached is asked again every few
   * seconds.
   *
   * @throws InterruptedException always, in the end; the child process has ended by then
   */
  public void run() throws InterruptedException {
    while (true) {
      try {
        topics.require(service);
        try (Session session = new Session()) {
          session.control.settle(model);
          align(session.control.last(model));
          lines.accept("waits for requests to train " + model);
          while (true) {
            Optional<RetrainRequest> request = session.next();
            if (request.isPresent()) {
              handle(session, request.get());
            }
          }
        }
      } catch (RetrainException | ReplayException e) {
        lines.accept(e.getMessage() + " Tries again in " + RETRY_SECONDS + " s.");
        TimeUnit.SECONDS.sleep(RETRY_SECONDS);
      }
    }
  }

  /** The aliases of the repository follow the control topic. */
  private void align(Optional<ModelControl> held) {
    if (held.isEmpty() || !models.versions(model).contains(held.get().champion())) {
      return;
    }
    if (models.champion(model).orElse(0) != held.get().champion()) {
      models.promote(model, held.get().champion());
      lines.accept("version %d serves; so the alias says now".formatted(held.get().champion()));
    }
    if (models.versions(model).contains(held.get().candidate())) {
      models.challenge(model, held.get().candidate());
    } else {
      models.withdraw(model);
    }
  }

  private void handle(Session session, RetrainRequest request) throws InterruptedException {
    try {
      work(session, request);
    } catch (TrainingException
        | OfflineException
        | ModelRefusedException
        | IllegalArgumentException
        | IOException
        | UncheckedIOException e) {
      String words = e.getMessage() == null ? e.toString() : e.getMessage();
      session.tell(request, Phase.FAILED, candidateOf(session, request), words);
    } finally {
      candidates.clear(request);
    }
  }

  private static int candidateOf(Session session, RetrainRequest request) {
    RetrainStatus last = session.last.get(request.id());
    return last == null ? 0 : last.candidateVersion();
  }

  private void work(Session session, RetrainRequest request)
      throws InterruptedException, TrainingException, IOException {
    Optional<RetrainStatus> before = Optional.ofNullable(session.last.get(request.id()));
    int champion = champion(session, request);
    if (before.isEmpty()) {
      if (champion != request.championVersion()) {
        session.tell(
            request,
            Phase.REJECTED,
            0,
            "it is about version %d, but version %d serves by now"
                .formatted(request.championVersion(), champion));
        return;
      }
      session.tell(request, Phase.ACCEPTED, 0, request.reason());
    } else if (before.get().phase() == Phase.ROLLOUT) {
      lines.accept(request.id() + " is taken up again");
      rollOut(session, request, champion, before.get().candidateVersion());
      return;
    } else {
      lines.accept(request.id() + " is taken up again");
    }

    candidates.clear(request);
    awaitRecorded(session, request);
    session.tell(request, Phase.TRAINING, 0, "making the training set");
    TrainingRows rows =
        candidates.rows(request, events -> lines.accept("%,d events read".formatted(events)));
    OptionalInt saved = candidates.saved(request);
    int candidate;
    if (saved.isPresent()) {
      candidate = saved.getAsInt();
      lines.accept("version %d was saved for this request already".formatted(candidate));
    } else {
      session.tell(
          request,
          Phase.TRAINING,
          0,
          "%,d rows to learn from, %,d held out"
              .formatted(rows.training().size(), rows.evaluation().size()));
      candidate = candidates.train(request, rows, lines);
    }

    // The gates compare with the alias, which a rollback may have moved since.
    align(session.control.last(model));
    session.tell(request, Phase.VALIDATING, candidate, "version " + candidate + " is saved");
    CandidateGate.Verdict verdict = gate.judge(request, champion, candidate, rows);
    if (!verdict.passed()) {
      session.tell(request, Phase.REJECTED, candidate, verdict.detail());
      return;
    }
    session.tell(request, Phase.ROLLOUT, candidate, verdict.detail());
    rollOut(session, request, champion, candidate);
  }

  /** The reports may be ahead of the files; what never comes is not waited for long. */
  private void awaitRecorded(Session session, RetrainRequest request) throws InterruptedException {
    if (candidates.isRecorded(request)) {
      return;
    }
    session.tell(
        request,
        Phase.TRAINING,
        0,
        "waits at most %s for the recorded events, which end on %s, to reach the last labels"
            .formatted(
                options.recordTimeout(),
                candidates.lastRecorded().map(LocalDate::toString).orElse("no day")));
    long endNanos = System.nanoTime() + options.recordTimeout().toNanos();
    while (!candidates.isRecorded(request) && System.nanoTime() - endNanos < 0) {
      TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
    }
    if (!candidates.isRecorded(request)) {
      lines.accept("goes on without the events that were not recorded in time");
    }
  }

  private int champion(Session session, RetrainRequest request) throws InterruptedException {
    Optional<ModelControl> held = session.control.last(model);
    return held.isPresent()
        ? held.get().champion()
        : models.champion(model).orElse(request.championVersion());
  }

  private void rollOut(Session session, RetrainRequest request, int champion, int candidate)
      throws InterruptedException {
    try (RecordLog<ModelAck> acks = topics.acks(lines);
        RecordLog<ShadowScore> shadows = topics.shadows(service, lines)) {
      Rollout rollout = new Rollout(session.control, models, acks, shadows, options, lines);
      Rollout.Outcome outcome = rollout.run(model, champion, candidate, request.reason());
      align(session.control.last(model));
      session.tell(
          request,
          outcome.activated() ? Phase.ACTIVATED : Phase.REJECTED,
          candidate,
          outcome.detail());
    }
  }
}
