package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Position;
import org.junit.jupiter.api.Test;

class DeadLetterCodecTest {
  private static final DeadLetter LETTER =
      new DeadLetter(
          "arrivals",
          new Position("arrivals", 1, 99),
          1700000000000L,
          "malformed",
          "no magic byte",
          new byte[] {0x7b, 0x22, (byte) 0xff});

  private final DeadLetterCodec codec =
      new DeadLetterCodec("dead-letters", new LocalSchemaRegistry());

  @Test
  void shouldWriteAndReadTheGoldenBytes() throws MalformedRecordException {
    byte[] golden = GoldenFile.bytes("dead-letters-v1.txt", "full");

    assertThat(codec.encode(LETTER)).isEqualTo(golden);
    assertThat(codec.decode(golden)).usingRecursiveComparison().isEqualTo(LETTER);
  }

  @Test
  void shouldKeepTheBytesOfTheLetterWhenItIsReadTwice() {
    var record = codec.toAvro(LETTER);

    assertThat(DeadLetterRecords.fromAvro(record)).usingRecursiveComparison().isEqualTo(LETTER);
    assertThat(DeadLetterRecords.fromAvro(record)).usingRecursiveComparison().isEqualTo(LETTER);
  }

  @Test
  void shouldRefuseALetterFromNowhere() {
    var record = codec.toAvro(LETTER);
    record.put("partition", -1);
    LocalSchemaRegistry registry = new LocalSchemaRegistry();
    byte[] bytes =
        new RecordCodec("dead-letters", DeadLetterRecords.SCHEMA, registry).encode(record);

    assertThatThrownBy(() -> new DeadLetterCodec("dead-letters", registry).decode(bytes))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("partition must be in [0, 65535]");
  }
}
