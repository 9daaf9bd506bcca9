package io.millrace.server.demo;

import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Month by month, how well the serving models and the frozen first one foretold the same requests.
 * By the request's event time, in UTC. Not thread-safe.
 */
final class Months {
  private final TreeMap<YearMonth, Pair> byMonth = new TreeMap<>();

  private static final class Pair {
    private final ScoreTally serving = new ScoreTally();
    private final ScoreTally frozen = new ScoreTally();
  }

  /**
   * One month.
   *
   * @param labelled requests of which both a score and the label are known
   * @param servingAuc NaN while one class is missing, as the others
   * @param servingLogLoss mean, in nats
   */
  record Month(
      YearMonth month,
      long labelled,
      double lateShare,
      double servingAuc,
      double frozenAuc,
      double servingLogLoss,
      double frozenLogLoss) {}

  void add(long requestTimeMs, double serving, double frozen, boolean label) {
    YearMonth month = YearMonth.from(Instant.ofEpochMilli(requestTimeMs).atOffset(ZoneOffset.UTC));
    Pair pair = byMonth.computeIfAbsent(month, m -> new Pair());
    pair.serving.add(serving, label);
    pair.frozen.add(frozen, label);
  }

  List<Month> rows() {
    List<Month> rows = new ArrayList<>();
    byMonth.forEach(
        (month, pair) ->
            rows.add(
                new Month(
                    month,
                    pair.serving.rows(),
                    pair.serving.positiveRate(),
                    pair.serving.auc(),
                    pair.frozen.auc(),
                    pair.serving.logLoss(),
                    pair.frozen.logLoss())));
    return rows;
  }
}
