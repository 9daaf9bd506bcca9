package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.ChangeFormat;
import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Values;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class ChangeCodecTest {
  private static final Instant NOON = Instant.parse("2024-05-01T12:00:00Z");
  private static final String ROW =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "string"},
        {"name": "amount", "type": ["null", "long"], "default": null},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;

  /** As the connector names and orders things, with a column of its own and int for long. */
  private static final String ENVELOPE =
      """
      {"type": "record", "name": "Envelope", "namespace": "shop.public.payment", "fields": [
        {"name": "before", "default": null, "type": ["null",
          {"type": "record", "name": "Value", "fields": [
            {"name": "at", "type": "long"},
            {"name": "note", "type": "string"},
            {"name": "card", "type": "string"},
            {"name": "amount", "type": ["null", "int"], "default": null}]}]},
        {"name": "after", "type": ["null", "Value"], "default": null},
        {"name": "source", "type": {"type": "record", "name": "Source", "fields": [
          {"name": "lsn", "type": ["null", "long"], "default": null},
          {"name": "tables", "type": {"type": "array", "items": "string"}}]}},
        {"name": "op", "type": "string"},
        {"name": "ts_ms", "type": ["null", "long"], "default": null}]}
      """;

  private final LocalSchemaRegistry registry = new LocalSchemaRegistry();
  private final Schema envelope = new Schema.Parser().parse(ENVELOPE);
  private final EventSource source =
      new EventSource(
          "payments",
          "payments",
          AvroRows.rowSchema(new Schema.Parser().parse(ROW)),
          ROW,
          new EventTime("at", Duration.ZERO, Duration.ZERO),
          Optional.of(ChangeFormat.DEBEZIUM),
          List.of(),
          Optional.empty(),
          List.of());
  private final ChangeCodec codec = new ChangeCodec(source, registry);

  @Test
  void shouldTellWhatWasFromWhatIs() throws MalformedRecordException {
    Values five = Values.of("a", 5, NOON);
    Values none = Values.of("b", null, NOON.plusMillis(1));

    assertThat(codec.decode(bytes("c", null, row("a", 5, NOON))))
        .isEqualTo(new Change(Optional.empty(), Optional.of(five)));
    assertThat(codec.decode(bytes("r", null, row("a", 5, NOON))))
        .isEqualTo(new Change(Optional.empty(), Optional.of(five)));
    assertThat(codec.decode(bytes("u", row("a", 5, NOON), row("b", null, NOON.plusMillis(1)))))
        .isEqualTo(new Change(Optional.of(five), Optional.of(none)));
    assertThat(codec.decode(bytes("d", row("a", 5, NOON), null)))
        .isEqualTo(new Change(Optional.of(five), Optional.empty()));
  }

  @Test
  void shouldReadBackWhatItWrote() throws MalformedRecordException {
    Optional<Values> five = Optional.of(Values.of("a", 5, NOON));
    Optional<Values> none = Optional.of(Values.of("b", null, NOON.plusMillis(1)));
    for (Change change :
        List.of(
            new Change(Optional.empty(), five),
            new Change(five, none),
            new Change(none, Optional.empty()))) {
      assertThat(codec.decode(codec.encode(change))).isEqualTo(change);
    }
    assertThat(registry.schemaById(codec.register()))
        .contains("\"name\":\"Envelope\",\"namespace\":\"payment\"")
        .contains("{\"name\":\"after\",\"type\":[\"null\",\"payment\"]");
  }

  @Test
  void shouldRefuseWhatIsNoChangeWithTheFix() {
    assertRefused(
        bytes("u", null, row("a", 5, NOON)), "before, but it is null", "REPLICA IDENTITY");
    assertRefused(bytes("d", null, null), "before, but it is null", "REPLICA IDENTITY FULL");
    assertRefused(bytes("c", null, null), "after, but it is null");
    assertRefused(bytes("t", null, null), "but it is 't'", "skipped.operations");
    EventCodec unwrapped = new EventCodec(source, registry);
    assertRefused(
        unwrapped.encode(Values.of("a", 5, NOON)), "no envelope", "leave out changes: debezium");
  }

  @Test
  void shouldGoOnAfterAnyCutOrBentRecord() throws MalformedRecordException {
    long seed = 41;
    Random random = new Random(seed);
    byte[] whole = bytes("u", row("a", 5, NOON), row("b", 7, NOON));
    Change change = codec.decode(whole);
    for (int i = 0; i < 2_000; i++) {
      byte[] bent = Arrays.copyOf(whole, 5 + random.nextInt(whole.length - 4));
      bent[5 + random.nextInt(Math.max(1, bent.length - 5)) - (bent.length == 5 ? 1 : 0)] =
          (byte) random.nextInt(256);
      try {
        codec.decode(bent);
      } catch (MalformedRecordException e) {
        assertThat(e.getMessage()).as("seed %d, case %d", seed, i).isNotBlank();
      }
      assertThat(codec.decode(whole)).as("seed %d, case %d", seed, i).isEqualTo(change);
    }
  }

  private void assertRefused(byte[] value, String... words) {
    assertThatThrownBy(() -> codec.decode(value))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContainingAll(words);
  }

  private GenericRecord row(String card, Integer amount, Instant at) {
    GenericRecord row =
        new GenericData.Record(envelope.getField("before").schema().getTypes().get(1));
    row.put("at", at.toEpochMilli());
    row.put("note", "of no interest");
    row.put("card", card);
    row.put("amount", amount);
    return row;
  }

  private byte[] bytes(String op, GenericRecord before, GenericRecord after) {
    GenericRecord record = new GenericData.Record(envelope);
    record.put("before", before);
    record.put("after", after);
    GenericRecord origin = new GenericData.Record(envelope.getField("source").schema());
    origin.put("lsn", 7L);
    origin.put("tables", List.of("payment", "more"));
    record.put("source", origin);
    record.put("op", op);
    record.put("ts_ms", 1L);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] header = new byte[WireFormat.HEADER_BYTES];
    WireFormat.putHeader(header, registry.register("payments-value", ENVELOPE));
    out.writeBytes(header);
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    try {
      new GenericDatumWriter<GenericRecord>(envelope).write(record, encoder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
