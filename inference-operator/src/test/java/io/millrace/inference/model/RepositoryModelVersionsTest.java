package io.millrace.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.inference.Evaluation;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.TestTrees;
import io.millrace.inference.onnx.TreeEnsemble;
import io.millrace.inference.onnx.TreeEnsembleOnnx;
import io.millrace.schema.FeatureContract;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryModelVersionsTest {
  private static final RowSchema SCHEMA =
      new RowSchema("one", List.of(Field.nullable("a", ValueType.FLOAT64)));

  @TempDir Path root;

  private void save() {
    TreeEnsemble trees = TestTrees.random(1, 5, 3, 1);
    FeatureEncoder encoder = FeatureEncoder.fitting(SCHEMA, 1).encoder();
    List<Values> vectors = new ArrayList<>();
    float[] expected = new float[GoldenRows.FEWEST];
    float[] row = new float[1];
    for (int i = 0; i < expected.length; i++) {
      vectors.add(Values.of(i / 500.0 - 1));
      encoder.encode(vectors.get(i), FloatBuffer.wrap(row), 0);
      expected[i] = TestTrees.score(trees, row);
    }
    Evaluation evaluation = new Evaluation(10, 3, 0.75, 0.5);
    new ModelRepository(root)
        .save(
            new ModelBundle(
                "delay",
                1,
                Instant.EPOCH,
                "",
                encoder,
                new Lineage(
                    "one",
                    "abc",
                    "by hand",
                    7,
                    Map.of(),
                    10,
                    3,
                    1,
                    9,
                    8,
                    40,
                    30,
                    123,
                    "",
                    Optional.empty()),
                new ModelMetrics(evaluation, evaluation, Optional.empty(), 11_000, 1e-7)),
            TreeEnsembleOnnx.write(trees),
            new GoldenRows(vectors, expected));
  }

  @Test
  void shouldOpenAVersionAndRefuseWhatIsMissingCutOrOfOtherVectors() throws Exception {
    save();
    save();
    RepositoryModelVersions versions = RepositoryModelVersions.of(root, "delay");
    assertThat(versions.champion()).as("the latest, while none is promoted").isEqualTo(2);
    new ModelRepository(root).promote("delay", 1);
    assertThat(versions.champion()).isEqualTo(1);
    try (LoadedModel model = versions.requiring(FeatureContract.of(SCHEMA)).open(2)) {
      assertThat(model.version()).isEqualTo(2);
    }

    FeatureContract other =
        FeatureContract.of(new RowSchema("one", List.of(Field.nullable("b", ValueType.FLOAT64))));
    assertThatThrownBy(() -> versions.requiring(other).open(1))
        .isInstanceOf(ModelRefusedException.class)
        .hasMessageStartingWith("model delay version 1 cannot score these vectors");
    assertThatThrownBy(() -> versions.open(3))
        .hasMessage(root + " has no version 3 of model delay; it has [1, 2]");
    Path onnx = root.resolve("delay/2/model.onnx");
    byte[] bytes = Files.readAllBytes(onnx);
    Files.write(onnx, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> versions.open(2)).hasMessageEndingWith("it was changed or damaged");
  }
}
