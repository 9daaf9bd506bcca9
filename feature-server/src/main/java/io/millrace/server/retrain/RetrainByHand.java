package io.millrace.server.retrain;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.inference.model.ModelRepository;
import io.millrace.schema.LoopRecords;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A retraining that a person asks for. It is a request like those of the policy: the same worker,
 * the same gates, one at a time, and the same cause (model, champion, how far labels are complete)
 * trains once however often it is asked for. The policy takes it for the retraining in flight and
 * begins its cool-down when it ends.
 *
 * <p>Not thread-safe.
 */
public final class RetrainByHand {
  private static final Duration POLL = Duration.ofMillis(200);

  private final LoopTopics topics;
  private final ModelRepository models;
  private final String model;
  private final InstantSource clock;
  private final Consumer<String> problems;

  /**
   * @param problems hears of records that cannot be read, a line each
   */
  public RetrainByHand(
      LoopTopics topics,
      ModelRepository models,
      String model,
      InstantSource clock,
      Consumer<String> problems) {
    this.topics = topics;
    this.models = models;
    this.model = model;
    this.clock = clock;
    this.problems = problems;
  }

  /**
   * Sends the request.
   *
   * @param labelsUntil how far labels are complete; without it, as far as the newest report on the
   *     performance of the model reaches
   * @param reason in words
   * @throws RetrainException if a retraining is under way, this one has ended already, or it is not
   *     known how far labels are complete
   */
  public RetrainRequest ask(Optional<Instant> labelsUntil, String reason)
      throws InterruptedException {
    int champion = champion();
    String service = models.bundle(model, champion).lineage().service();
    topics.require(service);
    long untilMs = labelsUntil.map(Instant::toEpochMilli).orElseGet(this::reported);
    RetrainRequest request =
        new RetrainRequest(
            model
                + "-manual-"
                + UUID.nameUUIDFromBytes(
                    (model + "/" + champion + "/" + untilMs).getBytes(StandardCharsets.UTF_8)),
            model,
            service,
            champion,
            untilMs,
            untilMs,
            reason.isEmpty() ? "manual" : "manual: " + reason,
            List.of());
    requireFree(request);
    try (RecordLog.Writer writer = new RecordLog.Writer(topics.bootstrapServers())) {
      writer.append(
          LoopTopics.REQUESTS,
          model,
          topics.codec(LoopTopics.REQUESTS, LoopRecords.RETRAIN_REQUEST).encode(request));
    }
    return request;
  }

  /**
   * Follows a request to its end.
   *
   * @param heard each status
   * @return the last status; empty if there was none that ends it within the limit
   */
  public Optional<RetrainStatus> await(
      RetrainRequest request, Duration limit, Consumer<RetrainStatus> heard)
      throws InterruptedException {
    long endNanos = System.nanoTime() + limit.toNanos();
    try (RecordLog<RetrainStatus> statuses = topics.statuses(problems)) {
      while (System.nanoTime() - endNanos < 0) {
        for (RecordLog.Entry<RetrainStatus> entry : statuses.poll(POLL)) {
          RetrainStatus status = entry.value();
          if (status.requestId().equals(request.id())) {
            heard.accept(status);
            if (status.phase().isEnd()) {
              return Optional.of(status);
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private int champion() throws InterruptedException {
    try (ControlTopic control = ControlTopic.open(topics, clock, problems)) {
      Optional<ModelControl> held = control.last(model);
      if (held.isPresent()) {
        return held.get().champion();
      }
    }
    return models
        .champion(model)
        .orElseThrow(
            () ->
                new RetrainException(
                    "%s has no champion to be held against; promote a version first"
                        .formatted(model)));
  }

  private void requireFree(RetrainRequest request) throws InterruptedException {
    Map<String, Optional<RetrainStatus>> last = new LinkedHashMap<>();
    try (RecordLog<RetrainRequest> requests = topics.requests(problems);
        RecordLog<RetrainStatus> statuses = topics.statuses(problems)) {
      for (RecordLog.Entry<RetrainRequest> entry : requests.toEnd()) {
        if (entry.value().model().equals(model)) {
          last.putIfAbsent(entry.value().id(), Optional.empty());
        }
      }
      for (RecordLog.Entry<RetrainStatus> entry : statuses.toEnd()) {
        last.computeIfPresent(
            entry.value().requestId(), (id, before) -> Optional.of(entry.value()));
      }
    }
    for (Map.Entry<String, Optional<RetrainStatus>> known : last.entrySet()) {
      Optional<RetrainStatus> status = known.getValue();
      boolean ended = status.map(s -> s.phase().isEnd()).orElse(false);
      if (!ended) {
        throw new RetrainException(
            "the retraining %s of %s is under way (%s); wait for its end"
                .formatted(
                    known.getKey(),
                    model,
                    status
                        .map(s -> s.phase() + ": " + s.detail())
                        .orElse("no worker took it yet")));
      }
      if (known.getKey().equals(request.id())) {
        throw new RetrainException(
            "version %d with labels until %s was trained for already, and ended %s: %s; wait for more labels or give another --labels-until"
                .formatted(
                    request.championVersion(),
                    Instant.ofEpochMilli(request.labelsCompleteUntilMs()),
                    status.get().phase(),
                    status.get().detail()));
      }
    }
  }

  /** How far the newest report on the performance says that labels are complete. */
  private long reported() {
    OptionalLong until;
    try (RecordLog<DriftReport> reports = topics.drift(problems)) {
      until =
          reports.toEnd().stream()
              .map(RecordLog.Entry::value)
              .filter(report -> report.model().equals(model))
              .filter(report -> report.kind() == DriftReport.Kind.PERFORMANCE)
              .mapToLong(DriftReport::paneEndMs)
              .max();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RetrainException("interrupted while the reports were read", e);
    }
    return until.orElseThrow(
        () ->
            new RetrainException(
                "no report on the performance of %s says how far labels are complete; give --labels-until"
                    .formatted(model)));
  }
}
