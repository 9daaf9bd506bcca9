package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.inference.FeatureEncoder.Column;
import io.millrace.inference.drift.ReferenceProfile;
import io.millrace.inference.train.TrainingRequest;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FeatureEncoderTest {
  private static final RowSchema SCHEMA =
      new RowSchema(
          "delay_v1",
          List.of(
              Field.nullable("count", ValueType.INT64),
              Field.nullable("mean", ValueType.FLOAT64),
              Field.nullable("carrier", ValueType.STRING),
              Field.nullable("night", ValueType.BOOL),
              Field.nullable("at", ValueType.TIMESTAMP)));

  private static Values row(Object... values) {
    return Values.of(values);
  }

  private static Values carrier(String carrier) {
    return row(1, 1.0, carrier, true, Instant.EPOCH);
  }

  private static FeatureEncoder fitted(int maxVocabulary, String... carriers) {
    FeatureEncoder.Fitting fitting = FeatureEncoder.fitting(SCHEMA, maxVocabulary);
    for (String carrier : carriers) {
      fitting.add(carrier(carrier));
    }
    return fitting.encoder();
  }

  private static float[] encoded(FeatureEncoder encoder, Values values) {
    float[] floats = new float[encoder.width()];
    encoder.encode(values, FloatBuffer.wrap(floats), 0);
    return floats;
  }

  @Test
  void shouldRefuseListsAndMapsByName() {
    RowSchema lists =
        new RowSchema(
            "delay_v2",
            List.of(
                Field.nullable("hour", ValueType.INT64),
                Field.nullable("last_5", ValueType.FLOAT64_LIST),
                Field.nullable("by_city", ValueType.FLOAT64_MAP)));

    assertThatThrownBy(() -> FeatureEncoder.fitting(lists, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "service delay_v2: a model reads numbers, texts, truths and instants, but last_5 is"
                + " FLOAT64_LIST, by_city is FLOAT64_MAP; give the model a service without them,"
                + " with features of one value in their place, such as avg, max, quantile or last");
    assertThatThrownBy(() -> FeatureEncoder.of(lists, List.of(new Column("last_5", List.of()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("but last_5 is FLOAT64_LIST; give the model a service without it");
    assertThatThrownBy(() -> TrainingRequest.of("delay", "delay_v2", lists, List.of(), List.of()))
        .hasMessageStartingWith("service delay_v2: a model reads");
    assertThatThrownBy(() -> ReferenceProfile.builder(lists, Duration.ofDays(1)))
        .hasMessageStartingWith("service delay_v2: a model reads");
  }

  @Test
  void shouldEncodeEachTypeInTheOrderOfTheSchema() {
    FeatureEncoder encoder = fitted(10, "UA", "UA", "DL");

    assertThat(encoded(encoder, row(7, 2.5, "DL", false, Instant.ofEpochMilli(9))))
        .containsExactly(7f, 2.5f, 1f, 0f, 9f);
  }

  @Test
  void shouldEncodeNullsAsMissing() {
    assertThat(encoded(fitted(10, "UA"), new Values(5)))
        .containsExactly(Float.NaN, Float.NaN, Float.NaN, Float.NaN, Float.NaN);
  }

  @Test
  void shouldOrderTextsByFrequencyAndThenByText() {
    FeatureEncoder encoder = fitted(10, "DL", "AA", "UA", "UA", "DL", "B6");

    assertThat(encoder.columns().get(2).vocabulary()).containsExactly("DL", "UA", "AA", "B6");
  }

  @Test
  void shouldEncodeTextsOutsideTheVocabularyAsMissing() {
    FeatureEncoder encoder = fitted(1, "UA", "UA", "DL");

    assertThat(encoder.columns().get(2).vocabulary()).containsExactly("UA");
    assertThat(encoded(encoder, carrier("UA"))[2]).isEqualTo(0f);
    assertThat(encoded(encoder, carrier("DL"))[2]).isNaN();
    assertThat(encoded(encoder, carrier("never seen"))[2]).isNaN();
  }

  @Test
  void shouldKeepValuesWithinTheRangeOfFloats() {
    FeatureEncoder encoder = fitted(10, "UA");

    assertThat(encoded(encoder, row(1, 1e300, "UA", true, null))[1]).isEqualTo(Float.MAX_VALUE);
    assertThat(encoded(encoder, row(1, Double.NEGATIVE_INFINITY, "UA", true, null))[1])
        .isEqualTo(-Float.MAX_VALUE);
    assertThat(encoded(encoder, row(1, Double.NaN, "UA", true, null))[1]).isNaN();
  }

  @Test
  void shouldWriteARowWhereItBelongs() {
    FeatureEncoder encoder = fitted(10, "UA");
    FloatBuffer rows = FloatBuffer.allocate(3 * encoder.width());

    encoder.encode(row(5, 6.0, "UA", true, null), rows, 1);

    assertThat(rows.array()).containsExactly(0, 0, 0, 0, 0, 5, 6, 0, 1, Float.NaN, 0, 0, 0, 0, 0);
  }

  @Test
  void shouldReadTheSameVectorsWithFewerColumns() {
    FeatureEncoder some = fitted(10, "UA", "DL").only(Set.of("night", "carrier"));

    assertThat(some.columnNames()).containsExactly("carrier", "night");
    assertThat(encoded(some, row(5, 6.0, "UA", true, null))).containsExactly(1f, 1f);
  }

  @Test
  void shouldNameAColumnThatIsNotEncoded() {
    assertThatThrownBy(() -> fitted(10, "UA").only(Set.of("weather")))
        .hasMessage("no column weather is encoded; there are [count, mean, carrier, night, at]");
  }

  @Test
  void shouldRefuseAVectorOfAnotherSize() {
    assertThatThrownBy(() -> encoded(fitted(10, "UA"), row(1, 2)))
        .hasMessage("a vector has 2 values, but the model was trained on delay_v1 with 5");
  }

  @Test
  void shouldRefuseAVocabularyForNumbers() {
    assertThatThrownBy(
            () ->
                FeatureEncoder.of(
                    SCHEMA, List.of(new FeatureEncoder.Column("mean", List.of("UA")))))
        .hasMessage("column mean has a vocabulary but is FLOAT64, not STRING");
  }

  @Test
  void shouldAllocateNothingPerRow() {
    FeatureEncoder encoder = fitted(10, "UA", "DL");
    Values[] some = {
      row(7, 2.5, "DL", false, Instant.ofEpochMilli(9)), row(7, null, "unknown", true, null)
    };
    FloatBuffer rows = ByteBuffer.allocateDirect(1024 * 20).asFloatBuffer();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long least = Long.MAX_VALUE;

    for (int attempt = 0; attempt < 5; attempt++) {
      long before = threads.getThreadAllocatedBytes(thread);
      for (int i = 0; i < 100_000; i++) {
        encoder.encode(some[i & 1], rows, i & 1023);
      }
      least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
    }

    assertThat(least / 100_000.0).as("bytes a row").isLessThan(0.1);
  }
}
