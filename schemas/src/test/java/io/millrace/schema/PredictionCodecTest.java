package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

class PredictionCodecTest {
  private static final RowSchema VECTOR =
      new RowSchema("delay_v1", FeatureRowCodecTest.COLUMNS.fields());
  private static final Prediction PREDICTION =
      new Prediction(
          "departures-0@17",
          "2013-01-01|UA|1545",
          "delay_v1",
          "delay",
          3,
          1357041600000L,
          1700000000000L,
          1700000000012L,
          Values.of(-5, 1.5, null, true, 1000L, ""),
          0.25);

  private final PredictionCodec codec =
      new PredictionCodec("predictions", VECTOR, new LocalSchemaRegistry());

  @Test
  void shouldWriteAndReadTheGoldenBytes() throws MalformedRecordException {
    byte[] golden = GoldenFile.bytes("predictions-v1.txt", "full");

    assertThat(codec.encode(PREDICTION)).isEqualTo(golden);
    assertThat(codec.decode(golden)).isEqualTo(PREDICTION);
  }

  @Test
  void shouldMakeARecordWithTypedColumnsForParquet() {
    GenericRecord record = codec.toAvro(PREDICTION);

    assertThat(record.getSchema().getFullName()).isEqualTo("io.millrace.Prediction");
    assertThat(record.getSchema().getField("request_time").schema().getLogicalType().getName())
        .isEqualTo("timestamp-millis");
    GenericRecord vector = (GenericRecord) record.get("vector");
    assertThat(vector.getSchema().getName()).isEqualTo("delay_v1");
    assertThat(vector.get("n")).isEqualTo(-5L);
    assertThat(vector.get("city")).isNull();
    assertThat(new PredictionRecords(VECTOR).fromAvro(record)).isEqualTo(PREDICTION);
  }

  @Test
  void shouldNeverCrashOnHostileBytes() {
    long seed = 11;
    Random random = new Random(seed);
    byte[] good = codec.encode(PREDICTION);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = Arrays.copyOf(good, 1 + random.nextInt(good.length + 4));
      for (int change = 0; change < 3; change++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      if (bytes.length >= 5) {
        System.arraycopy(good, 0, bytes, 0, 5);
      }
      try {
        codec.decode(bytes);
      } catch (MalformedRecordException e) {
        assertThat(e.reason()).isEqualTo("malformed");
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + ", mutation " + i, e);
      }
    }
  }

  @Test
  void shouldRefuseTrailingBytes() {
    byte[] good = codec.encode(PREDICTION);

    assertThatThrownBy(() -> codec.decode(Arrays.copyOf(good, good.length + 2)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("2 bytes follow a whole io.millrace.Prediction");
  }
}
