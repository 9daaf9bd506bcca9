package io.millrace.inference.train;

import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.inference.onnx.TreeEnsemble;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Rows on which two runtimes of one model are most likely to differ: values exactly at thresholds
 * and next to them, NaN, infinities, zeros of both signs, the smallest and the largest floats.
 */
final class Probes {
  private static final float[] EDGES = {
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    0.0f,
    -0.0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MAX_VALUE,
    -Float.MAX_VALUE
  };
  private static final String UNKNOWN_TEXT = "\u0000unknown";

  private Probes() {}

  /**
   * Rows of floats near the trees' thresholds.
   *
   * @param rows at least one, each of the ensemble's columns; probes begin as copies of these
   */
  static List<float[]> floats(TreeEnsemble ensemble, List<float[]> rows, int count, long seed) {
    List<List<Float>> thresholds = thresholds(ensemble);
    Random random = new Random(seed);
    List<float[]> probes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      float[] probe = rows.get(random.nextInt(rows.size())).clone();
      int changes = random.nextInt(probe.length + 1);
      for (int change = 0; change < changes; change++) {
        int column = random.nextInt(probe.length);
        probe[column] = value(thresholds.get(column), random);
      }
      probes.add(probe);
    }
    return probes;
  }

  private static float value(List<Float> thresholds, Random random) {
    if (thresholds.isEmpty() || random.nextInt(4) == 0) {
      return EDGES[random.nextInt(EDGES.length)];
    }
    float threshold = thresholds.get(random.nextInt(thresholds.size()));
    return switch (random.nextInt(4)) {
      case 0 -> Math.nextUp(threshold);
      case 1 -> Math.nextDown(threshold);
      default -> threshold;
    };
  }

  private static List<List<Float>> thresholds(TreeEnsemble ensemble) {
    List<List<Float>> thresholds = new ArrayList<>();
    for (int column = 0; column < ensemble.columns(); column++) {
      thresholds.add(new ArrayList<>());
    }
    for (TreeEnsemble.Tree tree : ensemble.trees()) {
      for (int node = 0; node < tree.nodes(); node++) {
        if (!tree.isLeaf(node)) {
          thresholds.get(tree.feature()[node]).add(tree.value()[node]);
        }
      }
    }
    return thresholds;
  }

  /**
   * At least {@code count} vectors: those given, then variants of them with nulls, unknown texts
   * and extreme numbers, so that a bundle's golden rows hold the encoder to its word, too.
   */
  static List<Values> vectors(RowSchema schema, List<Values> given, int count, long seed) {
    Random random = new Random(seed);
    List<Values> vectors = new ArrayList<>(given);
    for (int i = 0; vectors.size() < count; i++) {
      Values from = given.get(i % given.size());
      Values variant = new Values(schema.size());
      for (int column = 0; column < schema.size(); column++) {
        variant.copyFrom(column, from, column);
      }
      int column = random.nextInt(schema.size());
      switch (schema.field(column).type()) {
        case STRING -> variant.setText(column, UNKNOWN_TEXT);
        case FLOAT64 ->
            variant.setDouble(
                column, random.nextBoolean() ? Double.POSITIVE_INFINITY : random.nextGaussian());
        case INT64 -> variant.setLong(column, random.nextLong());
        default -> variant.setNull(column);
      }
      variant.setNull(random.nextInt(schema.size()));
      vectors.add(variant);
    }
    return vectors;
  }
}
