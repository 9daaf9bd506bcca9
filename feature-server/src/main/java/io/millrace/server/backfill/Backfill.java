package io.millrace.server.backfill;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.RecordedPast;
import io.millrace.offline.history.Unrecorded;
import io.millrace.server.job.Checkpoints;
import io.millrace.server.job.JobMetrics;
import io.millrace.server.job.JobProcess;
import io.millrace.server.platform.WorkFolder;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Computes views from the recorded past and then from the live topics, in a job of their own beside
 * the one that serves. Not thread-safe.
 */
public final class Backfill {
  private static final String CHECKPOINTS = "checkpoints";
  private static final long LOOK_EVERY_MS = 500;
  private static final Duration STOPPING = Duration.ofMinutes(5);

  private final BackfillOptions options;
  private final Definitions definitions;
  private final InstantSource clock;
  private final Listener listener;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  /** Takes what there is to tell. */
  public interface Listener {
    /** A line that the next replaces. */
    void progress(String text);

    /** A line that stays. */
    void line(String text);

    /** Called once, when the job runs. */
    default void started(JobProcess job) {}
  }

  /**
   * @param definitions what the options' folder and variables make
   */
  public Backfill(
      BackfillOptions options, Definitions definitions, InstantSource clock, Listener listener) {
    this.options = options;
    this.definitions = definitions;
    this.clock = clock;
    this.listener = listener;
  }

  /**
   * Runs until it is ended, or, if asked to, until it is caught up.
   *
   * @return the savepoint with which it ended
   * @throws BackfillException if the views cannot be computed beside those that are there
   * @throws io.millrace.server.platform.PlatformException if the job cannot be started or dies,
   *     quoting its log
   */
  public Path run(WorkFolder work) throws IOException, InterruptedException {
    BackfillChecks.require(
        definitions, options.views(), new OfflineStore(options.offline()), options.resume());
    Optional<Path> restore = Optional.empty();
    if (options.resume()) {
      restore = Checkpoints.newest(work.folder(CHECKPOINTS));
      if (restore.isEmpty()) {
        throw new BackfillException(
            "--resume: "
                + work.path()
                + " has no checkpoint of an earlier run; begin without it, or mend --work-dir");
      }
    } else {
      work.clear(CHECKPOINTS);
      tellUnrecorded();
    }
    // A name of its own, so that nobody's offsets are taken for those of this run.
    String group = "millrace-backfill-" + clock.millis();
    List<String> topics =
        definitions.sources().stream().map(EventSource::topic).distinct().toList();
    try (GroupOffsets offsets = new GroupOffsets(options.bootstrap(), group, topics);
        JobProcess job =
            JobProcess.start(
                JobProcess.Kind.FEATURES, work, options.home(), arguments(work, group, restore))) {
      listener.started(job);
      listener.line(
          "computing "
              + String.join(
                  ", ", options.views().stream().map(n -> definitions.view(n).id()).toList())
              + (restore.isEmpty() ? " from the recorded events" : " on from " + restore.get())
              + "; the job: "
              + job.page());
      Map<String, Long> reached = catchUp(job, offsets);
      listener.line(
          "caught up at "
              + reached.entrySet().stream()
                  .map(part -> part.getKey() + "@" + part.getValue())
                  .collect(Collectors.joining(", ")));
      if (options.exitWhenCaughtUp()) {
        return stop(job, work);
      }
      while (true) {
        job.requireJobId();
        listener.progress(
            "live, " + behind(offsets.committed(), offsets.ends()) + " records behind");
        TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
      }
    }
  }

  /** What the recorded past lacks; whether it should have it only the topics' producers know. */
  private void tellUnrecorded() {
    OfflineStore store = new OfflineStore(options.offline());
    RecordedPast past = RecordedPast.of(store, definitions.sources());
    for (Unrecorded part : Unrecorded.of(store, definitions.sources(), past)) {
      if (part.missing() > 0) {
        listener.line(
            String.format(
                Locale.ROOT,
                "%s-%d: of the offsets %,d to %,d, %,d are in none of events, late events and dead"
                    + " letters: heartbeats, marks of transactions and dropped records are such",
                part.topic(),
                part.partition(),
                part.first(),
                part.edge(),
                part.missing()));
      }
    }
  }

  /** Until the job has read all that was in the topics when it began with them. */
  private Map<String, Long> catchUp(JobProcess job, GroupOffsets offsets)
      throws InterruptedException {
    long startedMs = clock.millis();
    Map<String, Long> goal = Map.of();
    Map<String, Long> last = Map.of();
    long lastChangedMs = startedMs;
    int told = 0;
    while (true) {
      told = tellRestart(job, job.requireJobId(), told);
      Map<String, Long> committed = offsets.committed();
      if (committed.isEmpty()) {
        tellHistory(job, startedMs);
        TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
        continue;
      }
      if (goal.isEmpty()) {
        goal = offsets.ends();
        listener.line("the history is read; reading what the topics have beyond it");
      }
      if (!committed.equals(last)) {
        last = committed;
        lastChangedMs = clock.millis();
      }
      Map<String, Long> read = offsets.begins();
      read.putAll(committed);
      // What ends with the mark of a transaction is read without an offset for the mark.
      boolean rests = clock.millis() - lastChangedMs > 3 * options.checkpointInterval().toMillis();
      if (behind(read, goal) == 0 || (rests && nothingPends(job))) {
        return committed;
      }
      listener.progress("live, " + behind(read, offsets.ends()) + " records behind");
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
    }
  }

  private boolean nothingPends(JobProcess job) throws InterruptedException {
    try {
      return HistoryProgress.parse(JobMetrics.lines(client, job.metricsPort())).pending() == 0;
    } catch (IOException e) {
      return false; // it does not answer, so who knows
    }
  }

  private int tellRestart(JobProcess job, String id, int told) {
    try {
      String cause = job.rest().exceptions(id);
      if (cause.hashCode() != told && !cause.isEmpty()) {
        listener.line("the job failed and is started again: " + firstLine(cause));
        return cause.hashCode();
      }
    } catch (IOException e) {
      listener.progress("the job does not answer: " + e.getMessage());
    }
    return told;
  }

  private void tellHistory(JobProcess job, long startedMs) throws InterruptedException {
    try {
      HistoryProgress progress = HistoryProgress.parse(JobMetrics.lines(client, job.metricsPort()));
      double seconds = Math.max(0.001, (clock.millis() - startedMs) / 1e3);
      listener.progress(
          String.format(
              Locale.ROOT,
              "history: %,d events, %,.0f a second, %s",
              progress.events(),
              progress.events() / seconds,
              progress.reachedMs() == 0
                  ? "opening the files"
                  : "reached "
                      + Instant.ofEpochMilli(progress.reachedMs())
                      + ", "
                      + Duration.ofMillis(clock.millis() - progress.reachedMs()).toDays()
                      + " days ago"));
    } catch (IOException e) {
      listener.progress("the job's metrics are not there yet");
    }
  }

  private static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  /** How many records are not read, of partitions that have any. */
  private static long behind(Map<String, Long> committed, Map<String, Long> ends) {
    long behind = 0;
    for (Map.Entry<String, Long> end : ends.entrySet()) {
      behind += Math.max(0, end.getValue() - committed.getOrDefault(end.getKey(), 0L));
    }
    return behind;
  }

  /** Everything that was read is committed when the job has finished. */
  private Path stop(JobProcess job, WorkFolder work) throws IOException, InterruptedException {
    Path savepoints = work.folder(CHECKPOINTS).resolve("savepoints");
    Optional<Path> before = Checkpoints.newest(savepoints);
    job.rest().stop(job.requireJobId());
    Instant end = clock.instant().plus(STOPPING);
    while (clock.instant().isBefore(end)) {
      // The cluster ends with its job, and may be gone before it is asked.
      boolean runs = job.rest().job().filter(one -> !one.state().equals("FINISHED")).isPresent();
      Optional<Path> newest = Checkpoints.newest(savepoints);
      if (!runs && !newest.equals(before)) {
        return newest.orElseThrow();
      }
      listener.progress("stopping with a savepoint");
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
    }
    throw new BackfillException(
        "the job did not end with a savepoint within "
            + STOPPING
            + "; its checkpoints are in "
            + work.folder(CHECKPOINTS)
            + ", and --resume goes on from the last one");
  }

  private List<String> arguments(WorkFolder work, String group, Optional<Path> restore) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--definitions", options.definitions().toAbsolutePath().toString(),
                "--service", options.service(),
                "--views", String.join(",", options.views()),
                "--kafka.bootstrap-servers", options.bootstrap(),
                "--kafka.group", group,
                "--registry.url", options.registry(),
                "--offline.path", options.offline().toAbsolutePath().toString(),
                "--start.history", options.offline().toAbsolutePath().toString(),
                "--models.path", work.folder("models").toString(),
                "--checkpoints.path", work.folder(CHECKPOINTS).toString(),
                "--checkpoints.interval", options.checkpointInterval().toString(),
                "--source.alignment", options.alignment().toString(),
                "--parallelism", Integer.toString(options.parallelism())));
    new TreeMap<>(options.variables())
        .forEach((name, value) -> arguments.addAll(List.of("--set." + name, value)));
    new TreeMap<>(options.online())
        .forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
    restore.ifPresent(
        place -> arguments.addAll(List.of("--checkpoints.restore", place.toString())));
    return arguments;
  }
}
