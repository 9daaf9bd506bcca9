package io.millrace.server.infer;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.inference.Evaluation;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.model.GoldenRows;
import io.millrace.inference.model.Lineage;
import io.millrace.inference.model.ModelBundle;
import io.millrace.inference.model.ModelMetrics;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.onnx.TreeEnsemble;
import io.millrace.inference.onnx.TreeEnsemble.Tree;
import io.millrace.inference.onnx.TreeEnsembleOnnx;
import java.nio.FloatBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Small models of trees, saved as real ones. */
final class TestModels {
  static final RowSchema VECTOR =
      new RowSchema(
          "delay_v1",
          List.of(
              Field.nullable("mean", ValueType.FLOAT64),
              Field.nullable("last", ValueType.INT64),
              Field.nullable("carrier", ValueType.STRING),
              Field.nullable("night", ValueType.BOOL),
              Field.nullable("at", ValueType.TIMESTAMP)));

  private TestModels() {}

  /** A vector whose values are drawn, nulls among them. */
  static Values vector(Random random) {
    return Values.of(
        random.nextInt(5) == 0 ? null : random.nextGaussian(),
        (long) random.nextInt(3),
        List.of("UA", "DL", "unknown").get(random.nextInt(3)),
        random.nextBoolean(),
        random.nextInt(9) == 0 ? null : Instant.ofEpochMilli(random.nextInt(3)));
  }

  /** Saves a version of the model delay for {@link #VECTOR}. */
  static ModelBundle save(ModelRepository repository, long seed) {
    FeatureEncoder.Fitting fitting = FeatureEncoder.fitting(VECTOR, 10);
    fitting.add(Values.of(0.0, 0, "UA", true, Instant.EPOCH));
    fitting.add(Values.of(0.0, 0, "DL", true, Instant.EPOCH));
    return save(repository, "delay", fitting.encoder(), TestModels::vector, seed);
  }

  /** Draws a vector of a schema. */
  interface Drawn {
    Values vector(Random random);
  }

  static ModelBundle save(
      ModelRepository repository, String name, FeatureEncoder encoder, Drawn drawn, long seed) {
    TreeEnsemble trees = trees(encoder.width(), seed);
    Random random = new Random(seed);
    List<Values> vectors = new ArrayList<>();
    float[] expected = new float[GoldenRows.FEWEST];
    float[] row = new float[encoder.width()];
    for (int i = 0; i < expected.length; i++) {
      vectors.add(drawn.vector(random));
      encoder.encode(vectors.get(i), FloatBuffer.wrap(row), 0);
      expected[i] = score(trees, row);
    }
    Lineage lineage =
        new Lineage(
            encoder.vector().name(),
            "abc",
            "by hand",
            seed,
            Map.of(),
            10,
            3,
            1,
            9,
            8,
            40,
            30,
            1,
            "test",
            Optional.empty());
    Evaluation evaluation = new Evaluation(10, 3, 0.75, 0.5);
    return repository.save(
        new ModelBundle(
            name,
            1,
            Instant.parse("2026-01-01T00:00:00Z"),
            "",
            encoder,
            lineage,
            new ModelMetrics(evaluation, evaluation, Optional.empty(), 11_000, 1.25e-7)),
        TreeEnsembleOnnx.write(trees),
        new GoldenRows(vectors, expected));
  }

  private static TreeEnsemble trees(int columns, long seed) {
    Random random = new Random(seed);
    List<Tree> trees = new ArrayList<>();
    int inner = 15;
    for (int t = 0; t < 40; t++) {
      int nodes = 2 * inner + 1;
      int[] left = new int[nodes];
      int[] right = new int[nodes];
      int[] feature = new int[nodes];
      float[] value = new float[nodes];
      boolean[] missingLeft = new boolean[nodes];
      for (int node = 0; node < nodes; node++) {
        boolean leaf = node >= inner;
        left[node] = leaf ? -1 : 2 * node + 1;
        right[node] = leaf ? -1 : 2 * node + 2;
        feature[node] = leaf ? 0 : random.nextInt(columns);
        value[node] = (float) random.nextGaussian() * (leaf ? 0.1f : 1);
        missingLeft[node] = random.nextBoolean();
      }
      trees.add(new Tree(left, right, feature, value, missingLeft));
    }
    return new TreeEnsemble(columns, 0.25f, trees);
  }

  private static float score(TreeEnsemble ensemble, float[] row) {
    float margin = ensemble.baseMargin();
    for (Tree tree : ensemble.trees()) {
      int node = 0;
      while (!tree.isLeaf(node)) {
        float value = row[tree.feature()[node]];
        boolean goesLeft =
            Float.isNaN(value) ? tree.missingLeft()[node] : value < tree.value()[node];
        node = goesLeft ? tree.left()[node] : tree.right()[node];
      }
      margin += tree.value()[node];
    }
    return (float) (1 / (1 + Math.exp(-margin)));
  }
}
