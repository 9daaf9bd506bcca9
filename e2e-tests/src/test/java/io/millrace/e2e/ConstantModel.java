package io.millrace.e2e;

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
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model that scores every vector alike: one tree, both of whose leaves weigh the same. */
final class ConstantModel {
  private static final float WEIGHT = 0.1f;

  private ConstantModel() {}

  /**
   * Saves its first version and makes it champion.
   *
   * @param vector of whole and real numbers
   */
  static void save(Path models, String name, RowSchema vector) {
    FeatureEncoder encoder = FeatureEncoder.fitting(vector, 10).encoder();
    Tree tree =
        new Tree(
            new int[] {1, -1, -1},
            new int[] {2, -1, -1},
            new int[3],
            new float[] {1_000, WEIGHT, WEIGHT},
            new boolean[3]);
    Object[] ones =
        vector.fields().stream()
            .map(field -> field.type() == ValueType.FLOAT64 ? (Object) 1.0 : (Object) 1L)
            .toArray();
    float[] scores = new float[GoldenRows.FEWEST];
    Arrays.fill(scores, (float) (1 / (1 + Math.exp(-WEIGHT))));
    Evaluation evaluation = new Evaluation(10, 3, 0.75, 0.5);
    Lineage lineage =
        new Lineage(
            vector.name(),
            "abc",
            "by hand",
            0,
            Map.of(),
            10,
            3,
            1,
            9,
            Long.MAX_VALUE,
            1,
            1,
            1,
            "",
            Optional.empty());
    ModelRepository repository = new ModelRepository(models);
    repository.save(
        new ModelBundle(
            name,
            1,
            Instant.parse("2026-01-01T00:00:00Z"),
            "",
            encoder,
            lineage,
            new ModelMetrics(evaluation, evaluation, Optional.empty(), 11_000, 1.25e-7)),
        TreeEnsembleOnnx.write(new TreeEnsemble(encoder.width(), 0, List.of(tree))),
        new GoldenRows(Collections.nCopies(scores.length, Values.of(ones)), scores));
    repository.promote(name, 1);
  }
}
