package io.millrace.inference.model;

import io.millrace.feature.Values;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.ScoringModel;
import io.millrace.inference.onnx.Predictor;
import io.millrace.schema.FeatureContract;

/** A model of the repository, verified and in memory. Thread-safe; its batches are not. */
public final class LoadedModel implements ScoringModel {
  /** How far a score may lie from the trainer's own. */
  public static final double GOLDEN_TOLERANCE = 1e-5;

  private static final int GOLDEN_BATCH = 256;

  private final ModelBundle bundle;
  private final Predictor predictor;

  private LoadedModel(ModelBundle bundle, Predictor predictor) {
    this.bundle = bundle;
    this.predictor = predictor;
  }

  /** Takes the predictor over, and closes it if the model is refused. */
  static LoadedModel verified(ModelBundle bundle, Predictor predictor, GoldenRows golden) {
    LoadedModel model = new LoadedModel(bundle, predictor);
    try {
      model.requireWidth();
      model.requireGolden(golden);
      return model;
    } catch (RuntimeException e) {
      predictor.close();
      throw e;
    }
  }

  private void requireWidth() {
    if (predictor.columns() != encoder().width()) {
      throw new ModelRefusedException(
          "model.onnx reads %d columns, but the encoder of bundle.json writes %d"
              .formatted(predictor.columns(), encoder().width()));
    }
  }

  private void requireGolden(GoldenRows golden) {
    try (ScoreBatch batch = newBatch(GOLDEN_BATCH)) {
      int rows = golden.vectors().size();
      for (int start = 0; start < rows; start += GOLDEN_BATCH) {
        int count = Math.min(GOLDEN_BATCH, rows - start);
        for (int i = 0; i < count; i++) {
          encoder().encode(golden.vectors().get(start + i), batch.input(), i);
        }
        batch.run(count);
        for (int i = 0; i < count; i++) {
          requireNear(golden.expected()[start + i], batch.score(i), start + i);
        }
      }
    } catch (ScoringException e) {
      throw new ModelRefusedException("it fails on its golden rows: " + e.getMessage(), e);
    }
  }

  private void requireNear(float expected, float score, int row) {
    // Written so that NaN is not near.
    if (!(Math.abs(score - expected) <= GOLDEN_TOLERANCE)) {
      throw new ModelRefusedException(
          "golden row %d scores %s, but the trainer gave it %s; model.onnx and the encoder of bundle.json do not belong together"
              .formatted(row, score, expected));
    }
  }

  /**
   * Makes sure that vectors of this contract are what the model was trained on.
   *
   * @throws ModelRefusedException naming every difference
   */
  public LoadedModel requireContract(FeatureContract actual) {
    try {
      bundle.contract().requireSame(actual);
      return this;
    } catch (IllegalArgumentException e) {
      throw new ModelRefusedException(
          "model %s version %d cannot score these vectors, train it again: %s"
              .formatted(name(), version(), e.getMessage()),
          e);
    }
  }

  public ModelBundle bundle() {
    return bundle;
  }

  @Override
  public String name() {
    return bundle.name();
  }

  @Override
  public int version() {
    return bundle.version();
  }

  @Override
  public FeatureEncoder encoder() {
    return bundle.encoder();
  }

  @Override
  public ScoreBatch newBatch(int capacity) {
    return predictor.newBatch(capacity);
  }

  /** Scores one vector; for callers that have no stream. Allocates a batch on every call. */
  public float score(Values vector) throws ScoringException {
    try (ScoreBatch batch = newBatch(1)) {
      encoder().encode(vector, batch.input(), 0);
      batch.run(1);
      return batch.score(0);
    }
  }

  @Override
  public void close() {
    predictor.close();
  }
}
