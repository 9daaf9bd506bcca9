package io.millrace.inference.drift;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.loop.Outcome;
import io.millrace.inference.TrainingRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Weeks of rows whose features depend on each other in the ways that fool a test of drift: {@code
 * fast} is independent from row to row, {@code slow} shares one shift a week, {@code daily} one a
 * day, {@code kind} has 300 categories most of which are rare, {@code small} is nearly always 0,
 * {@code gappy} has nulls, more in some weeks. {@link #score} is calibrated by construction.
 */
final class SimulatedRows {
  static final RowSchema VECTOR =
      new RowSchema(
          "simulated",
          List.of(
              Field.nullable("fast", ValueType.FLOAT64),
              Field.nullable("slow", ValueType.FLOAT64),
              Field.nullable("daily", ValueType.FLOAT64),
              Field.nullable("kind", ValueType.STRING),
              Field.nullable("small", ValueType.INT64),
              Field.nullable("gappy", ValueType.FLOAT64)));
  static final int FAST = 0;
  static final int SLOW = 1;
  static final int DAILY = 2;
  static final int KIND = 3;
  static final int SMALL = 4;
  static final int GAPPY = 5;
  static final long DAY_MS = Duration.ofDays(1).toMillis();
  static final Duration WEEK = Duration.ofDays(7);

  private final Random random;

  SimulatedRows(long seed) {
    this.random = new Random(seed);
  }

  List<TrainingRow> weeks(int from, int until, int rowsAWeek) {
    List<TrainingRow> rows = new ArrayList<>();
    for (int week = from; week < until; week++) {
      rows.addAll(week(week, rowsAWeek));
    }
    return rows;
  }

  List<TrainingRow> week(int week, int rows) {
    double weekly = random.nextGaussian();
    double nulls = 0.05 + 0.05 * random.nextDouble();
    double[] daily = random.doubles(7, -2, 2).toArray();
    List<TrainingRow> all = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      int day = i * 7 / rows;
      Values values = new Values(VECTOR.size());
      values.setDouble(FAST, random.nextGaussian());
      values.setDouble(SLOW, 0.5 * weekly + random.nextGaussian());
      values.setDouble(DAILY, daily[day] + 0.3 * random.nextGaussian());
      values.setText(KIND, "k" + (int) Math.pow(300, random.nextDouble()));
      values.setLong(SMALL, random.nextInt(4) == 0 ? random.nextInt(5) : 0);
      if (random.nextDouble() >= nulls) {
        values.setDouble(GAPPY, random.nextGaussian());
      }
      boolean label = random.nextDouble() < score(values);
      long timeMs = (week * 7L + day) * DAY_MS + random.nextInt((int) DAY_MS);
      all.add(new TrainingRow(values, label, timeMs));
    }
    return all;
  }

  /** Where {@code slow} is null it goes, as a tree would, down a branch that rows seldom took. */
  static double score(Values values) {
    double slow = values.isNull(SLOW) ? 4 : values.doubleAt(SLOW);
    return 1 / (1 + Math.exp(1.5 - values.doubleAt(FAST) - 0.5 * slow));
  }

  /** A profile of {@code weeks} weeks, measured on the four that follow. */
  ReferenceProfile profile(int weeks, int rowsAWeek) {
    List<TrainingRow> training = weeks(0, weeks, rowsAWeek);
    List<TrainingRow> heldOut = weeks(weeks, weeks + 4, rowsAWeek);
    return ReferenceProfile.builder(VECTOR, WEEK)
        .importance(Map.of("fast", 2.0, "slow", 1.0, "kind", 1.0))
        .build(training, heldOut, SimulatedRows::score);
  }

  static PaneCounts counts(ReferenceProfile profile, List<TrainingRow> rows) {
    PaneCounts counts = PaneCounts.of(profile);
    rows.forEach(row -> counts.add(row.vector(), score(row.vector())));
    return counts;
  }

  static OutcomeCounts outcomes(List<TrainingRow> rows) {
    OutcomeCounts counts = new OutcomeCounts();
    rows.forEach(row -> counts.add(labelled(score(row.vector()), row.label())));
    return counts;
  }

  static Outcome labelled(double score, boolean label) {
    return outcome(score, Outcome.Status.LABELLED, Optional.of(label));
  }

  static Outcome without(double score, Outcome.Status status) {
    return outcome(score, status, Optional.empty());
  }

  private static Outcome outcome(double score, Outcome.Status status, Optional<Boolean> label) {
    return new Outcome("id", "key", "service", "model", 1, 0, score, status, label, 0);
  }
}
