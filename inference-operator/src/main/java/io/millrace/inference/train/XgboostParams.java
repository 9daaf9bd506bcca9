package io.millrace.inference.train;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How trees are grown.
 *
 * <p>With one thread, the same rows and the same seed give the same model to the bit. With more,
 * sums may be added in another order, so that a tie between two splits can fall differently.
 *
 * @param rounds the most trees; early stopping keeps fewer
 * @param depth the most splits from root to leaf
 * @param eta the share of each tree's answer that is kept
 * @param minChildWeight the least sum of second derivatives in a leaf
 * @param lambda the L2 penalty on leaves
 * @param subsample the share of rows that a tree sees
 * @param columnSample the share of columns that a tree sees
 * @param maxBins the candidate thresholds of a column
 * @param heldOut the share of rows, the latest by time, that decide when to stop; 0 for no stopping
 * @param patience how many rounds may pass without a better log-loss on them
 * @param threads the threads of the trainer's process
 */
public record XgboostParams(
    int rounds,
    int depth,
    double eta,
    double minChildWeight,
    double lambda,
    double subsample,
    double columnSample,
    int maxBins,
    double heldOut,
    int patience,
    int threads,
    long seed) {
  public XgboostParams {
    require(rounds >= 1 && rounds <= 10_000, "rounds", rounds, "1 to 10000");
    require(depth >= 1 && depth <= 16, "depth", depth, "1 to 16");
    require(eta > 0 && eta <= 1, "eta", eta, "above 0, at most 1");
    require(minChildWeight >= 0, "minChildWeight", minChildWeight, "0 or more");
    require(lambda >= 0, "lambda", lambda, "0 or more");
    require(subsample > 0 && subsample <= 1, "subsample", subsample, "above 0, at most 1");
    require(
        columnSample > 0 && columnSample <= 1, "columnSample", columnSample, "above 0, at most 1");
    require(maxBins >= 2 && maxBins <= 65_535, "maxBins", maxBins, "2 to 65535");
    require(heldOut >= 0 && heldOut <= 0.5, "heldOut", heldOut, "0 to 0.5");
    require(patience >= 1, "patience", patience, "1 or more");
    require(threads >= 1 && threads <= 1_024, "threads", threads, "1 to 1024");
  }

  private static void require(boolean legal, String name, Number value, String range) {
    if (!legal) {
      throw new IllegalArgumentException(name + " is " + value + "; give " + range);
    }
  }

  /** 200 rounds of depth 6 with eta 0.1, the last 15 % held out, one thread. */
  public static XgboostParams defaults() {
    return new XgboostParams(200, 6, 0.1, 1, 1, 1, 1, 256, 0.15, 20, 1, 7);
  }

  public XgboostParams withRounds(int newRounds) {
    return new XgboostParams(
        newRounds,
        depth,
        eta,
        minChildWeight,
        lambda,
        subsample,
        columnSample,
        maxBins,
        heldOut,
        patience,
        threads,
        seed);
  }

  public XgboostParams withDepth(int newDepth) {
    return new XgboostParams(
        rounds,
        newDepth,
        eta,
        minChildWeight,
        lambda,
        subsample,
        columnSample,
        maxBins,
        heldOut,
        patience,
        threads,
        seed);
  }

  public XgboostParams withEta(double newEta) {
    return new XgboostParams(
        rounds,
        depth,
        newEta,
        minChildWeight,
        lambda,
        subsample,
        columnSample,
        maxBins,
        heldOut,
        patience,
        threads,
        seed);
  }

  public XgboostParams withHeldOut(double newHeldOut) {
    return new XgboostParams(
        rounds,
        depth,
        eta,
        minChildWeight,
        lambda,
        subsample,
        columnSample,
        maxBins,
        newHeldOut,
        patience,
        threads,
        seed);
  }

  public XgboostParams withThreads(int newThreads) {
    return new XgboostParams(
        rounds,
        depth,
        eta,
        minChildWeight,
        lambda,
        subsample,
        columnSample,
        maxBins,
        heldOut,
        patience,
        newThreads,
        seed);
  }

  public XgboostParams withSeed(long newSeed) {
    return new XgboostParams(
        rounds,
        depth,
        eta,
        minChildWeight,
        lambda,
        subsample,
        columnSample,
        maxBins,
        heldOut,
        patience,
        threads,
        newSeed);
  }

  /** XGBoost's own names and values, for the library and for a model's lineage. */
  Map<String, String> xgboost() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("objective", "binary:logistic");
    map.put("tree_method", "hist");
    // Splits on sets of categories have no counterpart in ONNX.
    map.put("enable_categorical", "0");
    map.put("max_depth", Integer.toString(depth));
    map.put("eta", Double.toString(eta));
    map.put("min_child_weight", Double.toString(minChildWeight));
    map.put("lambda", Double.toString(lambda));
    map.put("subsample", Double.toString(subsample));
    map.put("colsample_bytree", Double.toString(columnSample));
    map.put("max_bin", Integer.toString(maxBins));
    map.put("nthread", Integer.toString(threads));
    map.put("seed", Long.toString(seed));
    return map;
  }
}
