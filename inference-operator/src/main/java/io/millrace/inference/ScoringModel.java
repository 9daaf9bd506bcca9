package io.millrace.inference;

/** A model in memory, ready to score. Thread-safe; its batches are not. */
public interface ScoringModel extends AutoCloseable {
  String name();

  /** The model's version, 1 or more. */
  int version();

  /** How vectors become the rows of its batches. */
  FeatureEncoder encoder();

  /** A new batch of at most {@code capacity} rows; to be closed before the model. */
  ScoreBatch newBatch(int capacity);

  @Override
  void close();
}
