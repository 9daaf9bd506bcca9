package io.millrace.inference.flink;

import io.millrace.feature.Prediction;
import io.millrace.feature.Values;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.ScoreFailure;
import io.millrace.inference.ScoreRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.junit.jupiter.api.Nested;

/** Each nested class is Flink's own contract test of a serializer, snapshots included. */
class SerializersTest {
  private static final Values[] VECTORS = {
    new Values(0),
    new Values(3),
    Values.of(1, -2.5, "text", true, Instant.ofEpochMilli(5), null),
    Values.of("", "Zürich 🛬", "x".repeat(70_000), Double.NaN, Double.NEGATIVE_INFINITY),
    Values.of(Long.MIN_VALUE, Long.MAX_VALUE, -0.0, false),
    Values.of(
        List.of(), List.of(-1L), List.of(-0.0), List.of("", "\ud834\udd1e"), Map.of("a", 0.5)),
  };

  private static ScoreRequest request(int i) {
    return new ScoreRequest(
        "departures-0@" + i, "UA|1|LGA", "delay_v1", 1_000L + i, -i, VECTORS[i]);
  }

  @Nested
  class Requests extends SerializerTestBase<ScoreRequest> {
    @Override
    protected TypeSerializer<ScoreRequest> createSerializer() {
      return InferenceTypes.SCORE_REQUEST.createSerializer(
          new org.apache.flink.api.common.serialization.SerializerConfigImpl());
    }

    @Override
    protected int getLength() {
      return -1;
    }

    @Override
    protected Class<ScoreRequest> getTypeClass() {
      return ScoreRequest.class;
    }

    @Override
    protected ScoreRequest[] getTestData() {
      ScoreRequest[] all = new ScoreRequest[VECTORS.length];
      for (int i = 0; i < all.length; i++) {
        all[i] = request(i);
      }
      return all;
    }

    @Override
    protected boolean allowNullInstances(TypeSerializer<ScoreRequest> serializer) {
      return true;
    }
  }

  @Nested
  class Predictions extends SerializerTestBase<Prediction> {
    @Override
    protected TypeSerializer<Prediction> createSerializer() {
      return PredictionSerializer.INSTANCE;
    }

    @Override
    protected int getLength() {
      return -1;
    }

    @Override
    protected Class<Prediction> getTypeClass() {
      return Prediction.class;
    }

    @Override
    protected Prediction[] getTestData() {
      Prediction[] all = new Prediction[VECTORS.length];
      for (int i = 0; i < all.length; i++) {
        all[i] =
            new Prediction(
                "id" + i, "key", "delay_v1", "delay", i + 1, i, i, i, VECTORS[i], i / 7.0);
      }
      return all;
    }

    @Override
    protected boolean allowNullInstances(TypeSerializer<Prediction> serializer) {
      return true;
    }
  }

  @Nested
  class Failures extends SerializerTestBase<ScoreFailure> {
    @Override
    protected TypeSerializer<ScoreFailure> createSerializer() {
      return ScoreFailureSerializer.INSTANCE;
    }

    @Override
    protected int getLength() {
      return -1;
    }

    @Override
    protected Class<ScoreFailure> getTypeClass() {
      return ScoreFailure.class;
    }

    @Override
    protected ScoreFailure[] getTestData() {
      ScoreFailure[] all = new ScoreFailure[VECTORS.length];
      for (int i = 0; i < all.length; i++) {
        all[i] = new ScoreFailure(request(i), "delay", 3, 9, ScoreFailure.RUN, "out of bounds");
      }
      return all;
    }

    @Override
    protected boolean allowNullInstances(TypeSerializer<ScoreFailure> serializer) {
      return true;
    }
  }

  @Nested
  class Controls extends SerializerTestBase<ModelControl> {
    @Override
    protected TypeSerializer<ModelControl> createSerializer() {
      return ModelControlSerializer.INSTANCE;
    }

    @Override
    protected int getLength() {
      return -1;
    }

    @Override
    protected Class<ModelControl> getTypeClass() {
      return ModelControl.class;
    }

    @Override
    protected ModelControl[] getTestData() {
      return new ModelControl[] {
        new ModelControl("delay", 1, ModelControl.Op.STAGE, 3, 2, 4, "drift", 9),
        new ModelControl("delay", 2, ModelControl.Op.ROLLBACK, 2, 3, 0, "", 10)
      };
    }

    @Override
    protected boolean allowNullInstances(TypeSerializer<ModelControl> serializer) {
      return true;
    }
  }

  @Nested
  class Acks extends SerializerTestBase<ModelAck> {
    @Override
    protected TypeSerializer<ModelAck> createSerializer() {
      return ModelAckSerializer.INSTANCE;
    }

    @Override
    protected int getLength() {
      return -1;
    }

    @Override
    protected Class<ModelAck> getTypeClass() {
      return ModelAck.class;
    }

    @Override
    protected ModelAck[] getTestData() {
      return new ModelAck[] {
        new ModelAck("delay", 7, 4, 1, 2, true, "", 35, 9),
        new ModelAck("delay", 8, 5, 0, 2, false, "damaged", 0, 10)
      };
    }

    @Override
    protected boolean allowNullInstances(TypeSerializer<ModelAck> serializer) {
      return true;
    }
  }

  @Nested
  class Shadows extends SerializerTestBase<ShadowScore> {
    @Override
    protected TypeSerializer<ShadowScore> createSerializer() {
      return ShadowScoreSerializer.INSTANCE;
    }

    @Override
    protected int getLength() {
      return -1;
    }

    @Override
    protected Class<ShadowScore> getTypeClass() {
      return ShadowScore.class;
    }

    @Override
    protected ShadowScore[] getTestData() {
      return new ShadowScore[] {new ShadowScore("p-1", "UA|1", "delay", 5, 7, 3, 0.25, 4, 0.75, 9)};
    }

    @Override
    protected boolean allowNullInstances(TypeSerializer<ShadowScore> serializer) {
      return true;
    }
  }
}
