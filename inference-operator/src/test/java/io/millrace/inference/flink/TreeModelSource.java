package io.millrace.inference.flink;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.ModelSource;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringModel;
import io.millrace.inference.TestTrees;
import io.millrace.inference.onnx.Predictor;
import io.millrace.inference.onnx.TreeEnsembleOnnx;
import java.util.List;

/** Random trees in ONNX Runtime over three numbers. */
record TreeModelSource(long seed) implements ModelSource {
  static final RowSchema SCHEMA =
      new RowSchema(
          "three",
          List.of(
              Field.nullable("a", ValueType.FLOAT64),
              Field.nullable("b", ValueType.FLOAT64),
              Field.nullable("c", ValueType.FLOAT64)));

  @Override
  public ScoringModel open() {
    Predictor predictor = Predictor.load(TreeEnsembleOnnx.write(TestTrees.random(3, 50, 5, seed)));
    FeatureEncoder encoder = FeatureEncoder.fitting(SCHEMA, 1).encoder();
    return new ScoringModel() {
      @Override
      public String name() {
        return "trees";
      }

      @Override
      public int version() {
        return 1;
      }

      @Override
      public FeatureEncoder encoder() {
        return encoder;
      }

      @Override
      public ScoreBatch newBatch(int capacity) {
        return predictor.newBatch(capacity);
      }

      @Override
      public void close() {
        predictor.close();
      }
    };
  }
}
