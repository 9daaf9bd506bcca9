package io.millrace.server.retrain;

import io.millrace.feature.Definitions;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.inference.model.Lineage;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.train.ModelTrainer;
import io.millrace.inference.train.TrainerOptions;
import io.millrace.inference.train.TrainingException;
import io.millrace.inference.train.TrainingListener;
import io.millrace.inference.train.TrainingRequest;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.StoredHistory;
import io.millrace.offline.training.TrainingCounts;
import io.millrace.offline.training.TrainingSet;
import io.millrace.server.train.TrainingRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Makes the candidate that a request asks for, from the events that the offline store recorded:
 *
 * <pre>
 *     windows' history | window: learnt from | holdout: for the gate | labels still to come
 *                      |                     |                       labelsCompleteUntil
 * </pre>
 *
 * <p>Window and holdout count days that have data, and so reach back over a gap.
 *
 * <p>Immutable, but for its files.
 *
 * @param store what the job recorded; events after the last complete label's horizon are not read
 * @param trainer says with what limits the trainer runs in a folder
 */
public record Candidates(
    Definitions definitions,
    String service,
    String model,
    ModelRepository models,
    OfflineStore store,
    WorkerOptions options,
    UnaryOperator<TrainerOptions> trainer,
    InstantSource clock) {
  private static final int ROUNDS_A_LINE = 25;

  /**
   * The labelled requests, split at the beginning of the holdout.
   *
   * @throws IllegalArgumentException with the counts, if there are too few of them
   */
  TrainingRows rows(RetrainRequest request, LongConsumer eventsRead) {
    Instant until = Instant.ofEpochMilli(request.labelsCompleteUntilMs());
    Span span = span(until);
    Instant to = span.to();
    TrainingSet set = TrainingSet.of(definitions, service, span.from(), until);
    HistoryRange range = HistoryRange.all().until(readUntil(request));
    StoredHistory past = StoredHistory.open(store, set.sources(), range);
    TrainingRows rows = TrainingRows.read(set, past, to, eventsRead).ofSnapshots(past.snapshots());
    long fewestHeldOut = Math.max(1, options.minimumRows() / 10);
    if (rows.training().size() < options.minimumRows()
        || rows.evaluation().size() < fewestHeldOut) {
      TrainingCounts counts = rows.counts();
      throw new IllegalArgumentException(
          ("there are %,d labelled requests in [%s, %s) to learn from and %,d in [%s, %s) to be"
                  + " held against, but %,d and %,d are needed; of %,d requests %,d got no label")
              .formatted(
                  rows.training().size(),
                  span.from(),
                  to,
                  rows.evaluation().size(),
                  to,
                  until,
                  options.minimumRows(),
                  fewestHeldOut,
                  counts.requests(),
                  counts.requests() - counts.labelled()));
    }
    return rows;
  }

  /** Learnt from is {@code [from, to)}. */
  private record Span(Instant from, Instant to) {}

  /**
   * Both lengths count days on which requests were recorded: a gap in the data is reached over, and
   * what lies before it is learnt from until there is enough after it.
   */
  private Span span(Instant until) {
    List<LocalDate> days =
        List.copyOf(
            StoredHistory.days(
                store,
                definitions.source(definitions.service(service).request()),
                HistoryRange.all().until(until)));
    Instant to = back(days, until, options.holdout());
    List<LocalDate> before =
        days.stream()
            .filter(day -> day.atStartOfDay(ZoneOffset.UTC).toInstant().isBefore(to))
            .toList();
    return new Span(back(before, to, options.window()), to);
  }

  /**
   * That much time before an instant, days without data left out; further back than all data, as if
   * every day had some.
   */
  private static Instant back(List<LocalDate> days, Instant from, Duration length) {
    Instant at = from;
    Duration left = length;
    for (int i = days.size() - 1; i >= 0; i--) {
      Instant start = days.get(i).atStartOfDay(ZoneOffset.UTC).toInstant();
      Instant end = start.plus(Duration.ofDays(1));
      at = at.isBefore(end) ? at : end;
      Duration here = Duration.between(start, at);
      if (here.compareTo(left) >= 0) {
        return at.minus(left);
      }
      left = left.minus(here);
      at = start;
    }
    return at.minus(left);
  }

  /**
   * Whether the recorded events reach as far as the request's labels do: to the day on which the
   * last of these could come. A file of a day appears with all that is before it.
   */
  boolean isRecorded(RetrainRequest request) {
    // A horizon that ends at midnight ends with the day before.
    LocalDate lastDay = LocalDate.ofInstant(readUntil(request).minusMillis(2), ZoneOffset.UTC);
    return lastRecorded().map(day -> !day.isBefore(lastDay)).orElse(false);
  }

  /** The last day with recorded events of the source that tells labels. */
  Optional<LocalDate> lastRecorded() {
    SortedSet<LocalDate> days =
        StoredHistory.days(
            store,
            definitions.source(definitions.service(service).label().orElseThrow().source()),
            HistoryRange.all());
    return days.isEmpty() ? Optional.empty() : Optional.of(days.last());
  }

  /** An event at the horizon's end still tells; ranges end before their end. */
  private Instant readUntil(RetrainRequest request) {
    Duration horizon = definitions.service(service).label().orElseThrow().horizon();
    return Instant.ofEpochMilli(request.labelsCompleteUntilMs()).plus(horizon).plusMillis(1);
  }

  /** The version that was saved for a request before the worker was cut off. */
  OptionalInt saved(RetrainRequest request) {
    return models.versions(model).stream()
        .filter(version -> models.bundle(model, version).lineage().requestId().equals(request.id()))
        .mapToInt(Integer::intValue)
        .min();
  }

  /** Trains and saves a version. An interrupt ends the child process. */
  int train(RetrainRequest request, TrainingRows rows, Consumer<String> lines)
      throws TrainingException, InterruptedException, IOException {
    TrainingRequest training =
        TrainingRequest.of(model, service, rows.schema(), rows.training(), rows.evaluation())
            .withDefinitionsHash(definitions.hash())
            .withRequestId(request.id())
            .withPredecessor(request.championVersion())
            .withSnapshot(
                new Lineage.Snapshot(
                    rows.training().get(0).timeMs(),
                    readUntil(request).toEpochMilli(),
                    clock.millis(),
                    Map.of(),
                    rows.snapshots()));
    TrainerOptions limits =
        trainer.apply(
            TrainerOptions.inFolder(folder(request))
                .withTimeout(options.trainerTimeout())
                .withMaxWorkBytes(options.diskQuotaBytes()));
    return new ModelTrainer(limits, models, clock).train(training, new Lines(lines)).version();
  }

  /** Removes what a training of this request left, however it ended. */
  void clear(RetrainRequest request) {
    Path folder = folder(request);
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the work folder " + folder + " cannot be cleared", e);
    }
  }

  /** An id is no folder's name. */
  private Path folder(RetrainRequest request) {
    return options
        .workFolder()
        .resolve(
            "request-" + UUID.nameUUIDFromBytes(request.id().getBytes(StandardCharsets.UTF_8)));
  }

  /** A line a step, and one now and then while the trees grow. */
  private record Lines(Consumer<String> lines) implements TrainingListener {
    @Override
    public void step(String name) {
      lines.accept("training: " + name);
    }

    @Override
    public void round(int round, int rounds, double logLoss, double auc) {
      if (round % ROUNDS_A_LINE == 0) {
        lines.accept(
            "training: tree %d of at most %d, log-loss %.4f, AUC %.4f"
                .formatted(round, rounds, logLoss, auc));
      }
    }
  }
}
