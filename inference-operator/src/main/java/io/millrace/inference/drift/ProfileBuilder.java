package io.millrace.inference.drift;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.inference.Evaluation;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.TrainingRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.StreamSupport;

/**
 * Makes a {@link ReferenceProfile} in passes: one looks for gaps, a sample decides on the bins, the
 * training rows are counted pane by pane, the rows that were held out are scored. Memory is a
 * sample of 20,000 rows, and the counts of all panes. Not thread-safe.
 */
public final class ProfileBuilder {
  private static final int BINS = 20;
  private static final int SCORE_BINS = 20;
  private static final int CATEGORIES = 1_000;
  private static final int SAMPLE = 20_000;
  private static final int LEAST_PANE_ROWS = 100;
  private static final int GAP_PANES = 4;
  private static final long DAY_MS = 86_400_000;
  private static final long SEED = 1;

  /** Scores a vector. */
  @FunctionalInterface
  public interface Scorer {
    /** In [0, 1]. */
    double score(Values vector);
  }

  private final RowSchema vector;
  private final long paneMs;
  private Map<String, Double> importance = Map.of();
  private Optional<ReferenceProfile> before = Optional.empty();

  ProfileBuilder(RowSchema vector, Duration pane) {
    if (pane.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("panes of " + pane + " are too short");
    }
    FeatureEncoder.requireScalars(vector);
    this.vector = vector;
    this.paneMs = pane.toMillis();
  }

  /**
   * What the model makes of its features; those left out have no importance.
   *
   * @param gain by feature, on any scale
   */
  public ProfileBuilder importance(Map<String, Double> gain) {
    double sum = gain.values().stream().mapToDouble(Double::doubleValue).sum();
    Map<String, Double> shares = new HashMap<>();
    gain.forEach((feature, value) -> shares.put(feature, sum > 0 ? value / sum : 0));
    this.importance = shares;
    return this;
  }

  /**
   * The profile of the version before, whose spread between panes counts where this one has too few
   * panes of its own. Of another length of panes, or of other features, it lends nothing.
   */
  public ProfileBuilder borrowingFrom(ReferenceProfile profile) {
    this.before = Optional.of(profile);
    return this;
  }

  /**
   * The profile. Its reference are the training rows after the last gap of more than four panes:
   * what lies before one is not what panes looked like lately.
   *
   * @param learntFrom the rows that the model was trained on; read three times
   * @param heldOut later rows that it was not trained on; read once
   */
  public ReferenceProfile build(
      Iterable<TrainingRow> learntFrom, Iterable<TrainingRow> heldOut, Scorer scorer) {
    Iterable<TrainingRow> training = latestStretch(learntFrom);
    List<Values> sample = sample(training);
    double[] scores = sample.stream().mapToDouble(row -> logit(scorer.score(row))).toArray();
    int features = vector.size();
    Bins[] bins = new Bins[features + 1];
    for (int column = 0; column < features; column++) {
      bins[column] = binsOf(vector.field(column), column, sample);
    }
    bins[features] = Bins.numbers(ValueType.FLOAT64, quantiles(scores, SCORE_BINS));
    TreeMap<Long, long[][]> panes = new TreeMap<>();
    double[] low = filled(features + 1, Double.NaN);
    double[] high = filled(features + 1, Double.NaN);
    for (TrainingRow row : training) {
      long[][] counts =
          panes.computeIfAbsent(
              Math.floorDiv(row.timeMs(), paneMs),
              pane -> Arrays.stream(bins).map(b -> new long[b.count()]).toArray(long[][]::new));
      for (int column = 0; column < features; column++) {
        if (bins[column].isCategorical()) {
          counts[column][bins[column].ofCategory(row.vector(), column)]++;
        } else {
          double value = bins[column].number(row.vector(), column);
          counts[column][bins[column].ofNumber(value)]++;
          low[column] = least(low[column], value);
          high[column] = -least(-high[column], -value);
        }
      }
      double score = logit(scorer.score(row.vector()));
      counts[features][bins[features].ofNumber(score)]++;
      low[features] = least(low[features], score);
      high[features] = -least(-high[features], -score);
    }
    List<FeatureReference> references = new ArrayList<>();
    for (int column = 0; column <= features; column++) {
      String name = column == features ? FeatureDrift.SCORE : vector.field(column).name();
      double share = column == features ? 1 : importance.getOrDefault(name, 0.0);
      references.add(
          borrowing(
              reference(name, bins[column], column, panes, low[column], high[column], share)));
    }
    return new ReferenceProfile(
        paneMs,
        references.subList(0, features),
        references.get(features),
        performance(heldOut, scorer));
  }

  private FeatureReference borrowing(FeatureReference own) {
    return before
        .filter(profile -> profile.paneMs() == paneMs)
        .flatMap(profile -> profile.reference(own.name()))
        .map(own::borrowing)
        .orElse(own);
  }

  /** The rows after the last long gap; the same iterable where there is none. */
  private Iterable<TrainingRow> latestStretch(Iterable<TrainingRow> rows) {
    TreeSet<Long> panes = new TreeSet<>();
    rows.forEach(row -> panes.add(Math.floorDiv(row.timeMs(), paneMs)));
    Long start = panes.isEmpty() ? null : panes.first();
    Long last = start;
    for (Long pane : panes) {
      if (pane - last > GAP_PANES) {
        start = pane;
      }
      last = pane;
    }
    if (start == null || start.equals(panes.first())) {
      return rows;
    }
    long fromMs = start * paneMs;
    return () ->
        StreamSupport.stream(rows.spliterator(), false)
            .filter(row -> row.timeMs() >= fromMs)
            .iterator();
  }

  private static double least(double a, double b) {
    return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
  }

  private static double[] filled(int size, double value) {
    double[] array = new double[size];
    Arrays.fill(array, value);
    return array;
  }

  static double logit(double score) {
    double p = Math.min(Math.max(score, 1e-7), 1 - 1e-7);
    return Math.log(p / (1 - p));
  }

  /** A reservoir: every row is in it with the same chance. */
  private static List<Values> sample(Iterable<TrainingRow> training) {
    List<Values> sample = new ArrayList<>();
    Random random = new Random(SEED);
    long rows = 0;
    for (TrainingRow row : training) {
      if (sample.size() < SAMPLE) {
        sample.add(row.vector());
      } else {
        long slot = random.nextLong(rows + 1);
        if (slot < SAMPLE) {
          sample.set((int) slot, row.vector());
        }
      }
      rows++;
    }
    if (rows == 0) {
      throw new IllegalArgumentException("a reference needs rows, but there are none");
    }
    return sample;
  }

  private static Bins binsOf(Field field, int column, List<Values> sample) {
    if (field.type() == ValueType.STRING) {
      Map<String, Integer> counts = new HashMap<>();
      for (Values row : sample) {
        if (!row.isNull(column)) {
          counts.merge(row.textAt(column), 1, Integer::sum);
        }
      }
      return Bins.categories(
          counts.entrySet().stream()
              .sorted(
                  Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                      .thenComparing(Map.Entry.comparingByKey()))
              .limit(CATEGORIES)
              .map(Map.Entry::getKey)
              .toList());
    }
    Bins reader = Bins.numbers(field.type(), new double[0]);
    double[] values = sample.stream().mapToDouble(row -> reader.number(row, column)).toArray();
    return Bins.numbers(field.type(), quantiles(values, BINS));
  }

  /** Inner edges at equal shares; where values repeat, bins fall together. */
  private static double[] quantiles(double[] values, int bins) {
    double[] sorted = Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
    if (sorted.length == 0) {
      return new double[0];
    }
    double[] edges = new double[bins - 1];
    int count = 0;
    for (int i = 1; i < bins; i++) {
      double edge = sorted[(int) ((long) i * sorted.length / bins)];
      boolean last = edge >= sorted[sorted.length - 1];
      if (!last && (count == 0 || edge > edges[count - 1])) {
        edges[count++] = edge;
      }
    }
    return Arrays.copyOf(edges, count);
  }

  private static FeatureReference reference(
      String name,
      Bins bins,
      int column,
      TreeMap<Long, long[][]> panes,
      double low,
      double high,
      double importance) {
    long[] whole = new long[bins.count()];
    for (long[][] pane : panes.values()) {
      for (int bin = 0; bin < whole.length; bin++) {
        whole[bin] += pane[column][bin];
      }
    }
    double independent = FeatureReference.independentFreedom(whole);
    List<double[]> seen = new ArrayList<>();
    double mostNulls = (double) whole[Bins.NULL] / FeatureReference.sum(whole);
    double mostTop = FeatureReference.top(whole);
    for (long[][] pane : panes.values()) {
      long rows = FeatureReference.sum(pane[column]);
      if (rows < LEAST_PANE_ROWS || panes.size() < 2) {
        continue;
      }
      // Against the others only: a later pane is no part of what it is compared with either.
      double[] shares = FeatureReference.shares(without(whole, pane[column]));
      seen.add(
          new double[] {
            FeatureReference.statistic(pane[column], shares),
            FeatureReference.effect(pane[column], shares)
          });
      mostNulls = Math.max(mostNulls, (double) pane[column][Bins.NULL] / rows);
      mostTop = Math.max(mostTop, FeatureReference.top(pane[column]));
    }
    double mean = seen.stream().mapToDouble(s -> s[0]).average().orElse(independent);
    double variance =
        seen.stream().mapToDouble(s -> (s[0] - mean) * (s[0] - mean)).sum()
            / Math.max(1, seen.size() - 1);
    // Panes of independent rows have that mean and as many degrees; others can only differ more.
    // Few
    // panes seldom show the variance that many have, so fewer degrees are believed of them.
    double freedom =
        seen.size() < 2 || variance == 0
            ? independent
            : Math.min(
                independent,
                Math.max(0.5, 2 * mean * mean / variance * (seen.size() - 1) / (seen.size() + 1)));
    return new FeatureReference(
        name,
        bins,
        whole,
        low,
        high,
        seen.size(),
        0,
        Math.max(mean, independent),
        freedom,
        seen.stream().mapToDouble(s -> s[1]).average().orElse(0),
        mostNulls,
        mostTop,
        importance);
  }

  private static long[] without(long[] whole, long[] pane) {
    long[] rest = whole.clone();
    for (int bin = 0; bin < rest.length; bin++) {
      rest[bin] -= pane[bin];
    }
    return rest;
  }

  private static PerformanceReference performance(Iterable<TrainingRow> heldOut, Scorer scorer) {
    Evaluation.Collector collector = new Evaluation.Collector();
    Map<Long, double[]> days = new TreeMap<>();
    for (TrainingRow row : heldOut) {
      double score = scorer.score(row.vector());
      collector.add((float) score, row.label());
      double[] day = days.computeIfAbsent(Math.floorDiv(row.timeMs(), DAY_MS), d -> new double[2]);
      day[0] += OutcomeCounts.loss(score, row.label()) - OutcomeCounts.expectedLoss(score);
      day[1]++;
    }
    if (days.isEmpty()) {
      return new PerformanceReference(0, Double.NaN, Double.NaN, 0, Double.NaN, 0);
    }
    Evaluation evaluation = collector.evaluation();
    double mean =
        days.values().stream().mapToDouble(d -> d[0]).sum()
            / days.values().stream().mapToDouble(d -> d[1]).sum();
    // Days weigh by their rows, as they do in the mean of a pane.
    double weights = days.values().stream().mapToDouble(d -> d[1]).sum();
    double squares =
        days.values().stream().mapToDouble(d -> d[1] * Math.pow(d[0] / d[1] - mean, 2)).sum();
    int count = days.size();
    double deviation =
        count < 2 ? Double.NaN : Math.sqrt(squares / weights * count / (count - 1.0));
    return new PerformanceReference(
        evaluation.rows(), evaluation.auc(), evaluation.logLoss(), mean, deviation, count);
  }
}
