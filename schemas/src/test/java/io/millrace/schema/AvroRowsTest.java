package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AvroRowsTest {
  private static Schema parsed(String fieldType) {
    return new Schema.Parser()
        .parse(
            "{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"t\",\"fields\":"
                + "[{\"name\":\"f\",\"type\":"
                + fieldType
                + "}]}");
  }

  @Test
  void shouldReadEveryTypeThatMakesAColumn() {
    RowSchema row = AvroRows.rowSchema(new Schema.Parser().parse(GoldenFile.text("event-v1.avsc")));

    assertThat(row)
        .isEqualTo(
            new RowSchema(
                "Sample",
                List.of(
                    Field.required("at", ValueType.TIMESTAMP),
                    Field.required("count", ValueType.INT64),
                    Field.nullable("total", ValueType.INT64),
                    Field.required("ratio", ValueType.FLOAT64),
                    Field.nullable("mean", ValueType.FLOAT64),
                    Field.nullable("name", ValueType.STRING),
                    Field.required("kind", ValueType.STRING),
                    Field.required("good", ValueType.BOOL))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"bytes\"",
        "\"null\"",
        "[\"null\"]",
        "[\"null\", \"int\", \"string\"]",
        "{\"type\": \"array\", \"items\": \"bytes\"}",
        "{\"type\": \"map\", \"values\": \"int\"}",
        "{\"type\": \"long\", \"logicalType\": \"timestamp-micros\"}",
        "{\"type\": \"long\", \"logicalType\": \"local-timestamp-millis\"}",
        "{\"type\": \"int\", \"logicalType\": \"timestamp-millis\"}"
      })
  void shouldNameTheFieldWhoseTypeMakesNoColumn(String type) {
    assertThatThrownBy(() -> AvroRows.rowSchema(parsed(type)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("t.R.f has the type ")
        .hasMessageContaining("which makes no column; ");
  }

  @Test
  void shouldWriteNullableColumnsAsUnionsWithNullFirst() {
    Schema avro = AvroRows.avroSchema(FeatureRowCodecTest.COLUMNS, "io.millrace.features");

    assertThat(avro.getFullName()).isEqualTo("io.millrace.features.sample_v1");
    assertThat(avro.getField("at").schema())
        .hasToString("[\"null\",{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}]");
    assertThat(avro.toString())
        .contains("{\"name\":\"n\",\"type\":[\"null\",\"long\"],\"default\":null}");
    assertThat(AvroRows.rowSchema(avro)).isEqualTo(FeatureRowCodecTest.COLUMNS);
  }

  @Test
  void shouldReadBackRandomRows() {
    long seed = 3;
    Random random = new Random(seed);
    RowSchema row = FeatureRowCodecTest.COLUMNS;
    Schema avro = AvroRows.avroSchema(row, "t");
    for (int i = 0; i < 1_000; i++) {
      Values values = FeatureRowCodecTest.random(row, random);
      assertThat(AvroRows.values(AvroRows.record(avro, row, values), row))
          .as("seed %d, row %d", seed, i)
          .isEqualTo(values);
    }
  }

  @Test
  void shouldMatchByName() {
    RowSchema row =
        new RowSchema(
            "r",
            List.of(
                Field.nullable("missing", ValueType.STRING), Field.nullable("f", ValueType.INT64)));
    Schema avro = parsed("\"int\"");

    GenericRecord record = AvroRows.record(avro, row, Values.of("x", 7));

    assertThat(record.get("f")).isEqualTo(7);
    assertThat(AvroRows.values(record, row)).isEqualTo(Values.of(null, 7));
  }

  @Test
  void shouldRefuseAnotherTypeOfTheSameName() {
    RowSchema row = new RowSchema("r", List.of(Field.required("f", ValueType.STRING)));

    assertThatThrownBy(() -> AvroRows.record(parsed("\"int\""), row, Values.of("x")))
        .hasMessage("t.R.f is INT64 in Avro, but STRING in the row");
  }

  @Test
  void shouldRefuseANameThatIsNoneInAvro() {
    RowSchema row = new RowSchema("r", List.of(Field.required("a-b", ValueType.STRING)));

    assertThatThrownBy(() -> AvroRows.avroSchema(row, "t"))
        .hasMessageStartingWith("r.a-b is no name in Avro; use letters");
  }
}
