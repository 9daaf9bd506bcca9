package io.millrace.inference.gate;

import io.millrace.feature.Values;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.ScoringModel;
import io.millrace.inference.TrainingRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The same rows scored by the candidate and by the champion.
 *
 * @param vectors the rows' features
 * @param days the rows' days of event time, UTC, numbered without gaps in no order
 * @param dayCount how many days there are
 */
@SuppressWarnings("ArrayRecordComponent") // Read in place, never compared.
record PairedScores(
    List<Values> vectors,
    boolean[] labels,
    int[] days,
    int dayCount,
    float[] candidate,
    float[] champion) {
  static final long DAY_MS = 86_400_000L;
  private static final int BATCH = 256;
  private static final double LEAST_PROBABILITY = 1e-7;

  static PairedScores of(Iterable<TrainingRow> rows, ScoringModel candidate, ScoringModel champion)
      throws ScoringException {
    List<Values> vectors = new ArrayList<>();
    List<TrainingRow> all = new ArrayList<>();
    for (TrainingRow row : rows) {
      all.add(row);
      vectors.add(row.vector());
    }
    boolean[] labels = new boolean[all.size()];
    int[] days = new int[all.size()];
    Map<Long, Integer> numbers = new HashMap<>();
    for (int i = 0; i < all.size(); i++) {
      labels[i] = all.get(i).label();
      long day = Math.floorDiv(all.get(i).timeMs(), DAY_MS);
      days[i] = numbers.computeIfAbsent(day, unused -> numbers.size());
    }
    return new PairedScores(
        vectors,
        labels,
        days,
        numbers.size(),
        scores(vectors, candidate),
        scores(vectors, champion));
  }

  private static float[] scores(List<Values> vectors, ScoringModel model) throws ScoringException {
    float[] scores = new float[vectors.size()];
    try (ScoreBatch batch = model.newBatch(BATCH)) {
      for (int start = 0; start < scores.length; start += BATCH) {
        int count = Math.min(BATCH, scores.length - start);
        for (int i = 0; i < count; i++) {
          model.encoder().encode(vectors.get(start + i), batch.input(), i);
        }
        batch.run(count);
        for (int i = 0; i < count; i++) {
          scores[start + i] = batch.score(i);
        }
      }
    }
    return scores;
  }

  int rows() {
    return labels.length;
  }

  /** The candidate's log-loss on a row less the champion's, in nats. */
  double lossDifference(int row) {
    return loss(candidate[row], labels[row]) - loss(champion[row], labels[row]);
  }

  private static double loss(double score, boolean label) {
    double p = Math.min(Math.max(score, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY);
    return -Math.log(label ? p : 1 - p);
  }
}
