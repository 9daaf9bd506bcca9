package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores with a candidate what the champion answered. It encodes anew, since the versions may know
 * different words. On the shadow thread only; it shares nothing with the champion's runs.
 */
final class ShadowLane {
  private ShadowLane() {}

  /**
   * What became of a batch: {@code scores + failedRows} are its rows.
   *
   * @param failure why rows failed; empty if none did
   * @param broken whether the candidate can be asked no more
   */
  record Result(List<ShadowScore> scores, int failedRows, String failure, boolean broken) {}

  /** Never throws; what goes wrong is in the result. */
  static Result run(
      ServingVersion candidate, List<Prediction> answered, long epoch, long scoredAtMs) {
    try (ScoreBatch batch = candidate.model().newBatch(answered.size())) {
      List<Prediction> encoded = new ArrayList<>(answered.size());
      String failure = "";
      for (Prediction prediction : answered) {
        try {
          candidate.model().encoder().encode(prediction.vector(), batch.input(), encoded.size());
          encoded.add(prediction);
        } catch (IllegalArgumentException e) {
          failure = String.valueOf(e.getMessage());
        }
      }
      if (encoded.isEmpty()) {
        return new Result(List.of(), answered.size(), failure, false);
      }
      batch.run(encoded.size());
      List<ShadowScore> scores = new ArrayList<>(encoded.size());
      for (int row = 0; row < encoded.size(); row++) {
        scores.add(score(encoded.get(row), candidate, epoch, batch.score(row), scoredAtMs));
      }
      return new Result(scores, answered.size() - encoded.size(), failure, false);
    } catch (ScoringException e) {
      return new Result(List.of(), answered.size(), String.valueOf(e.getMessage()), false);
    } catch (RuntimeException | Error e) {
      return new Result(List.of(), answered.size(), "it broke down: " + e, true);
    }
  }

  private static ShadowScore score(
      Prediction prediction, ServingVersion candidate, long epoch, float score, long scoredAtMs) {
    return new ShadowScore(
        prediction.id(),
        prediction.requestKey(),
        prediction.model(),
        prediction.requestTimeMs(),
        epoch,
        prediction.modelVersion(),
        prediction.score(),
        candidate.number(),
        score,
        scoredAtMs);
  }
}
