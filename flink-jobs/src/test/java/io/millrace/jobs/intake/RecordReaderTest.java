package io.millrace.jobs.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.Values;
import io.millrace.jobs.DefinitionSet;
import io.millrace.schema.EventCodec;
import io.millrace.schema.LocalSchemaRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hop 1 with a registry: the guard of the future, and changes. */
class RecordReaderTest {
  private static final Instant NOON = Instant.parse("2024-05-01T12:00:00Z");
  private static final String ROW =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "string"},
        {"name": "amount", "type": "long"},
        {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]}]}
      """;
  private static final Schema ENVELOPE =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Envelope", "fields": [
                {"name": "before", "type": ["null", %s]},
                {"name": "after", "type": ["null", "payment"]},
                {"name": "op", "type": "string"}]}
              """
                  .formatted(ROW));

  @TempDir Path folder;
  private final LocalSchemaRegistry registry = new LocalSchemaRegistry();
  private DefinitionSet set;
  private RecordReader reader;

  @BeforeEach
  void open() throws Exception {
    Files.writeString(folder.resolve("payment.avsc"), ROW);
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at}
        changes: debezium
        expect: [{name: sane, check: "amount < 100"}]
        ---
        kind: EventSource
        name: orders
        topic: orders
        schema: payment.avsc
        event-time: {field: at, future: 1h}
        ---
        kind: FeatureView
        name: card
        version: 1
        entity: {keys: [card]}
        source: payments
        features: {spent: {sum: amount}}
        ---
        kind: FeatureService
        name: fraud_v1
        request: orders
        features: [card.*]
        """);
    set = DefinitionSet.read(folder, Map.of());
    reader = new RecordReader(set, "http://127.0.0.1:1", Map.of(), Duration.ofMinutes(10));
    reader.openWith(registry, new org.apache.flink.metrics.groups.UnregisteredMetricsGroup());
  }

  @Test
  void shouldDeadLetterEventsFromTheFuture() {
    EventCodec orders = new EventCodec(set.definitions().source("orders"), registry);
    Instant near = Instant.ofEpochMilli(System.currentTimeMillis()).plus(Duration.ofMinutes(30));
    Instant far = near.plus(Duration.ofHours(1));
    assertThat(read("orders", orders.encode(Values.of("a", 5, near))))
        .isInstanceOf(SourceRecord.Good.class);
    DeadLetter letter = letter(read("orders", orders.encode(Values.of("a", 5, far))));
    assertThat(letter.reason()).isEqualTo("future");
    assertThat(letter.detail())
        .contains(far.toString(), "PT1H", "ahead of the clock at", "event-time.future of orders");
    // A source that says nothing has the bound of the job.
    DeadLetter ofJob = letter(read("payments", change("c", null, row("a", 5, near))));
    assertThat(ofJob.reason()).isEqualTo("future");
    assertThat(ofJob.detail()).contains("PT10M");
  }

  @Test
  void shouldReadAChangeAsWhatItTakesBackAndWhatItBrings() {
    SourceRecord created = read("payments", change("c", null, row("a", 5, NOON)));
    assertThat(((SourceRecord.Good) created).event().values()).isEqualTo(Values.of("a", 5, NOON));

    var updated =
        (SourceRecord.Change)
            read("payments", change("u", row("a", 5, NOON), row("b", 6, NOON.plusMillis(9))));
    assertThat(updated.before().orElseThrow().timeMs()).isEqualTo(NOON.toEpochMilli());
    assertThat(updated.after().orElseThrow())
        .isInstanceOfSatisfying(
            SourceRecord.Good.class,
            good -> assertThat(good.event().timeMs()).isEqualTo(NOON.toEpochMilli() + 9));

    var deleted = (SourceRecord.Change) read("payments", change("d", row("a", 5, NOON), null));
    assertThat(deleted.before()).isPresent();
    assertThat(deleted.after()).isEmpty();
  }

  @Test
  void shouldTakeBackOnlyWhatWasNotRefusedWhenItCame() {
    var mended =
        (SourceRecord.Change) read("payments", change("u", row("a", 500, NOON), row("a", 5, NOON)));
    assertThat(mended.before()).isEmpty();
    assertThat(mended.after().orElseThrow()).isInstanceOf(SourceRecord.Good.class);
    var spoilt =
        (SourceRecord.Change) read("payments", change("u", row("a", 5, NOON), row("a", 500, NOON)));
    assertThat(spoilt.before()).isPresent();
    assertThat(letter(spoilt.after().orElseThrow()).reason()).isEqualTo("sane");
  }

  @Test
  void shouldSayHowToMendADeletionThatTellsNoRow() {
    assertThat(letter(read("payments", null)).detail()).contains("tombstones.on.delete=false");
    assertThat(letter(read("payments", change("d", null, null))).detail())
        .contains("REPLICA IDENTITY FULL");
    DeadLetter keyOnly = letter(read("payments", change("d", row("a", 0, null), null)));
    assertThat(keyOnly.reason()).isEqualTo("no-event-time");
    assertThat(keyOnly.detail()).contains("REPLICA IDENTITY FULL");
  }

  @Test
  void shouldKeepAChangeBetweenOperators() throws Exception {
    for (byte[] bytes :
        List.of(
            change("u", row("a", 5, NOON), row("b", 6, NOON)),
            change("d", row("a", 5, NOON), null),
            change("u", row("a", 500, NOON), row("b", 6, NOON)))) {
      SourceRecord record = read("payments", bytes);
      var out = new org.apache.flink.core.memory.DataOutputSerializer(64);
      SourceRecordSerializer.INSTANCE.serialize(record, out);
      var in = new org.apache.flink.core.memory.DataInputDeserializer(out.getCopyOfBuffer());
      assertThat(SourceRecordSerializer.INSTANCE.deserialize(in)).isEqualTo(record);
      assertThat(in.available()).isZero();
    }
  }

  private static DeadLetter letter(SourceRecord record) {
    assertThat(record).isInstanceOf(SourceRecord.Dead.class);
    return ((SourceRecord.Dead) record).letter();
  }

  private SourceRecord read(String topic, byte[] value) {
    List<SourceRecord> read = new ArrayList<>();
    reader.deserialize(
        new ConsumerRecord<>(topic, 0, 7L, null, value),
        new Collector<>() {
          @Override
          public void collect(SourceRecord one) {
            read.add(one);
          }

          @Override
          public void close() {}
        });
    assertThat(read).hasSize(1);
    return read.get(0);
  }

  private static GenericRecord row(String card, long amount, Instant at) {
    GenericRecord row =
        new GenericData.Record(ENVELOPE.getField("before").schema().getTypes().get(1));
    row.put("card", card);
    row.put("amount", amount);
    row.put("at", Optional.ofNullable(at).map(Instant::toEpochMilli).orElse(null));
    return row;
  }

  private byte[] change(String op, GenericRecord before, GenericRecord after) {
    GenericRecord record = new GenericData.Record(ENVELOPE);
    record.put("before", before);
    record.put("after", after);
    record.put("op", op);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    int id = registry.register("payments-value", ENVELOPE.toString());
    out.writeBytes(ByteBuffer.allocate(4).putInt(id).array());
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    try {
      new GenericDatumWriter<GenericRecord>(ENVELOPE).write(record, encoder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
