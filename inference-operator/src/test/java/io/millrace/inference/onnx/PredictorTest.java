package io.millrace.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.TestTrees;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PredictorTest {
  private static final int COLUMNS = 7;

  private static float[] row(Random random) {
    float[] row = new float[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
      row[i] =
          switch (random.nextInt(8)) {
            case 0 -> Float.NaN;
            case 1 -> random.nextBoolean() ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
            default -> (float) random.nextGaussian();
          };
    }
    return row;
  }

  @Test
  void shouldScoreTreesAsTheyAreWritten() throws Exception {
    for (long seed = 0; seed < 5; seed++) {
      TreeEnsemble trees = TestTrees.random(COLUMNS, 30, 4, seed);
      Random random = new Random(seed);
      try (Predictor predictor = Predictor.load(TreeEnsembleOnnx.write(trees));
          ScoreBatch batch = predictor.newBatch(1)) {
        for (int i = 0; i < 500; i++) {
          float[] row = row(random);
          batch.input().put(0, row);
          batch.run(1);

          assertThat(batch.score(0))
              .as("seed %d row %d", seed, i)
              .isCloseTo(TestTrees.score(trees, row), within(1e-6f));
        }
      }
    }
  }

  @Test
  void shouldGiveARowTheSameScoreInABatchOfAnySize() throws Exception {
    TreeEnsemble trees = TestTrees.random(COLUMNS, 50, 5, 3);
    Random random = new Random(3);
    float[][] rows = new float[100][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row(random);
    }
    try (Predictor predictor = Predictor.load(TreeEnsembleOnnx.write(trees));
        ScoreBatch one = predictor.newBatch(1);
        ScoreBatch many = predictor.newBatch(100)) {
      for (int size = 1; size <= rows.length; size++) {
        for (int i = 0; i < size; i++) {
          many.input().put(i * COLUMNS, rows[i]);
        }
        many.run(size);
        for (int i = 0; i < size; i++) {
          one.input().put(0, rows[i]);
          one.run(1);
          assertThat(many.score(i)).as("row %d of %d", i, size).isEqualTo(one.score(0));
        }
      }
    }
  }

  @Test
  void shouldRefuseRunsOutsideItsCapacity() {
    byte[] onnx = TreeEnsembleOnnx.write(TestTrees.random(COLUMNS, 1, 1, 1));
    try (Predictor predictor = Predictor.load(onnx);
        ScoreBatch batch = predictor.newBatch(6)) {
      assertThatThrownBy(() -> batch.run(0)).hasMessage("a run of 0 rows; give 1 to 6");
      assertThatThrownBy(() -> batch.run(7)).hasMessage("a run of 7 rows; give 1 to 6");
      assertThatThrownBy(() -> predictor.newBatch(0))
          .hasMessage("a batch of 0 rows with 7 columns; give 1 to 38347922 rows");
    }
  }

  /** Looks its input up in a table of ten: fails on rows outside of it. */
  private static byte[] table() {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13));
    TensorProto.Builder table =
        TensorProto.newBuilder()
            .setName("table")
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .addDims(10);
    for (int i = 0; i < 10; i++) {
      table.addFloatData(i / 10f);
    }
    GraphProto trees = parsed(TreeEnsembleOnnx.write(TestTrees.random(1, 1, 1, 1))).getGraph();
    return model
        .setGraph(
            GraphProto.newBuilder()
                .setName("table")
                .addInput(trees.getInput(0))
                .addOutput(trees.getOutput(0))
                .addInitializer(table)
                .addNode(
                    NodeProto.newBuilder()
                        .setOpType("Cast")
                        .addInput("features")
                        .addOutput("index")
                        .addAttribute(
                            AttributeProto.newBuilder()
                                .setName("to")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(TensorProto.DataType.INT64_VALUE)))
                .addNode(
                    NodeProto.newBuilder()
                        .setOpType("Gather")
                        .addInput("table")
                        .addInput("index")
                        .addOutput("score")))
        .build()
        .toByteArray();
  }

  private static ModelProto parsed(byte[] onnx) {
    try {
      return ModelProto.parseFrom(onnx);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldSayWhatWasWrongWithARunAndRunAgain() throws Exception {
    try (Predictor predictor = Predictor.load(table());
        ScoreBatch batch = predictor.newBatch(4)) {
      batch.input().put(0, new float[] {3, 700, 5});

      assertThatThrownBy(() -> batch.run(3))
          .isInstanceOf(ScoringException.class)
          .hasMessageContaining("indices element out of data bounds, idx=700");
      batch.input().put(1, 4);
      batch.run(3);
      assertThat(new float[] {batch.score(0), batch.score(1), batch.score(2)})
          .containsExactly(0.3f, 0.4f, 0.5f);
    }
  }

  @Test
  void shouldRefuseAModelWithAnotherSignature() {
    ModelProto model = parsed(TreeEnsembleOnnx.write(TestTrees.random(COLUMNS, 1, 1, 1)));
    ModelProto.Builder renamed = model.toBuilder();
    renamed.getGraphBuilder().getOutputBuilder(0).setName("probability");
    renamed.getGraphBuilder().getNodeBuilder(1).setOutput(0, "probability");
    ModelProto.Builder fixed = model.toBuilder();
    fixed
        .getGraphBuilder()
        .getInputBuilder(0)
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .getShapeBuilder()
        .getDimBuilder(0)
        .setDimValue(4);

    assertThatThrownBy(() -> Predictor.load(renamed.build().toByteArray()))
        .hasMessage("the model is refused: its outputs are [probability]; one tensor score is due");
    assertThatThrownBy(() -> Predictor.load(fixed.build().toByteArray()))
        .hasMessageContaining("has 4 rows; the row count must be free");
  }
}
