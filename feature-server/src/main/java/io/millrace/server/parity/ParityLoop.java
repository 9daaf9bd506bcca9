package io.millrace.server.parity;

import io.millrace.feature.Definitions;
import io.millrace.feature.loop.ParityReport;
import io.millrace.feature.loop.ParityReport.Mismatch;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.loop.ParityReport.ReasonCount;
import io.millrace.feature.loop.ParityReport.TableSnapshot;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parity.Parity;
import io.millrace.offline.parity.ParityCheck;
import io.millrace.offline.parity.ParityTable;
import io.millrace.offline.parity.StoreCut;
import io.millrace.schema.SchemaRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Recomputes, round after round, what a service was served since the last round, and reports it.
 *
 * <pre>
 *  observe   the newest cut of the store, and how far the last report went
 *  decide    the stretch of requests in between; none: wait
 *  act       compare, write the report to the topic, then to the Parquet table
 * </pre>
 *
 * <p>The last report is all it goes on from, so that it can be killed at any moment: a report that
 * reached the topic and not the table is added to the table when it is started again. One instance
 * runs in one thread.
 */
public final class ParityLoop implements AutoCloseable {
  private static final int EXAMPLES_A_REASON = 5;

  private final Parity parity;
  private final String service;
  private final String definitionsHash;
  private final ParityTopic topic;
  private final ParityTable table;
  private final int budget;
  private final ParityMetrics metrics;
  private final InstantSource clock;
  private final Consumer<String> lines;
  private long round;
  private long comparedMs;

  private ParityLoop(
      Definitions definitions,
      Parity parity,
      String service,
      ParityTopic topic,
      ParityTable table,
      int budget,
      ParityMetrics metrics,
      InstantSource clock,
      Consumer<String> lines) {
    this.parity = parity;
    this.service = service;
    this.definitionsHash = definitions.hash();
    this.topic = topic;
    this.table = table;
    this.budget = budget;
    this.metrics = metrics;
    this.clock = clock;
    this.lines = lines;
  }

  /**
   * Finds out where the last process stood, and ends it if it still runs.
   *
   * @param models whose predictions are compared; all, if none is named
   * @param budget how many predictions a round recomputes at most
   * @param lines told a line a round
   * @throws ParityException if the topic cannot be read
   */
  public static ParityLoop open(
      Definitions definitions,
      String service,
      Collection<String> models,
      OfflineStore store,
      String bootstrapServers,
      SchemaRegistry registry,
      int budget,
      ParityMetrics metrics,
      Consumer<String> lines)
      throws InterruptedException {
    InstantSource clock = InstantSource.system();
    Parity parity = Parity.of(definitions, service, store).ofModels(models);
    ParityTopic topic = ParityTopic.open(bootstrapServers, registry, service);
    ParityLoop loop =
        new ParityLoop(
            definitions,
            parity,
            service,
            topic,
            new ParityTable(store, service, clock),
            budget,
            metrics,
            clock,
            lines);
    try {
      loop.resume();
    } catch (RuntimeException e) {
      loop.close();
      throw e;
    }
    return loop;
  }

  private void resume() {
    Optional<ParityReport> last = topic.last();
    last.ifPresent(
        report -> {
          table.append(report);
          round = report.round();
          comparedMs = report.untilMs();
        });
    // The topic may have forgotten what the table has.
    table
        .last()
        .filter(stored -> stored.round() > round)
        .ifPresent(
            stored -> {
              round = stored.round();
              comparedMs = stored.untilMs();
            });
    lines.accept(
        round == 0
            ? "begins with the first prediction"
            : "goes on after round %,d, which went until %s"
                .formatted(round, Instant.ofEpochMilli(comparedMs)));
  }

  /**
   * Makes rounds until the thread is interrupted. A round whose files cannot be read is made again:
   * they may have been compacted and expired in between.
   *
   * @throws ParityException if a report cannot be written, or another process has taken over
   */
  public void run(Duration every) throws InterruptedException {
    while (true) {
      long startedMs = clock.millis();
      try {
        round();
      } catch (OfflineException e) {
        metrics.failed();
        lines.accept("failed, and is made again: " + e.getMessage());
      }
      long waitMs = every.toMillis() - (clock.millis() - startedMs);
      TimeUnit.MILLISECONDS.sleep(Math.max(1, waitMs));
    }
  }

  /**
   * Compares what is complete since the last round.
   *
   * @return empty if there is nothing yet
   */
  Optional<ParityReport> round() {
    StoreCut cut = parity.cut();
    long completeMs = cut.completeMs().orElse(0);
    Optional<ParityReport> made = Optional.empty();
    if (completeMs > comparedMs) {
      ParityCheck check = parity.check(cut, comparedMs, completeMs, budget, round + 1);
      if (check.predictions() > 0) {
        ParityReport report = report(check, completeMs);
        topic.append(report);
        table.append(report);
        round = report.round();
        comparedMs = completeMs;
        metrics.reported(report);
        lines.accept(line(report));
        made = Optional.of(report);
      }
    }
    metrics.reached(cut.answeredMs().orElse(0), comparedMs);
    return made;
  }

  private ParityReport report(ParityCheck check, long completeMs) {
    List<ReasonCount> reasons = new ArrayList<>();
    check.reasons().forEach((reason, count) -> reasons.add(new ReasonCount(reason, count)));
    Map<Reason, Integer> shown = new EnumMap<>(Reason.class);
    List<Mismatch> examples =
        check.mismatches().stream()
            .filter(one -> shown.merge(one.reason(), 1, Integer::sum) <= EXAMPLES_A_REASON)
            .toList();
    List<TableSnapshot> snapshots = new ArrayList<>();
    check.snapshots().forEach((name, number) -> snapshots.add(new TableSnapshot(name, number)));
    return new ParityReport(
        service,
        round + 1,
        comparedMs,
        completeMs,
        clock.millis(),
        check.predictions(),
        check.sampled(),
        check.matched(),
        check.mismatched(),
        check.predictions() - check.sampled(),
        definitionsHash,
        reasons,
        check.features(),
        examples,
        snapshots);
  }

  private static String line(ParityReport report) {
    return String.format(
        Locale.ROOT,
        "round %,d, requests until %s: %,d of %,d vectors recomputed, %,d equal, %,d not%s",
        report.round(),
        Instant.ofEpochMilli(report.untilMs()),
        report.compared(),
        report.predictions(),
        report.equal(),
        report.mismatched(),
        report.mismatched() == 0 ? "" : " " + report.reasons());
  }

  @Override
  public void close() {
    topic.close();
  }
}
