package io.millrace.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.ParityReport;
import io.millrace.feature.loop.Performance;
import io.millrace.feature.loop.ReferencePanes;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.feature.loop.ShadowScore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

class LoopCodecTest {
  private final SchemaRegistry registry = new LocalSchemaRegistry();

  private static final FeatureDrift DRIFT =
      new FeatureDrift(
          "carrier",
          412.5,
          9,
          1e-12,
          0.31,
          0.2,
          0.0,
          0.01,
          0.0,
          0.04,
          FeatureDrift.Verdict.DRIFTED);
  private static final Performance PERFORMANCE =
      new Performance(5000, 4900, 80, 1200, 0.71, 0.55, 0.77, 0.51, 1e-4, true);

  @Test
  void shouldReadBackWhatItWrote() throws MalformedRecordException {
    same(
        LoopRecords.OUTCOME,
        new Outcome(
            "scheduled-0@7",
            "1|2",
            "delay_v1",
            "delay",
            2,
            1_000,
            0.25,
            Outcome.Status.LABELLED,
            Optional.of(true),
            2_000,
            Optional.of(3),
            Optional.of(5_000_000_000L)));
    same(
        LoopRecords.OUTCOME,
        new Outcome(
            "scheduled-0@8",
            "1|3",
            "delay_v1",
            "delay",
            2,
            1_000,
            0.25,
            Outcome.Status.UNANSWERED,
            Optional.empty(),
            9_000));
    same(
        LoopRecords.DRIFT_REPORT,
        new DriftReport(
            "delay",
            1,
            0,
            604_800_000,
            5000,
            DriftReport.Kind.INPUTS,
            List.of(DRIFT),
            Optional.empty()));
    same(
        LoopRecords.DRIFT_REPORT,
        new DriftReport(
            "delay",
            1,
            0,
            604_800_000,
            5000,
            DriftReport.Kind.PERFORMANCE,
            List.of(),
            Optional.of(PERFORMANCE),
            Optional.of(new ReferencePanes(3, 9))));
    same(
        LoopRecords.RETRAIN_REQUEST,
        new RetrainRequest(
            "abc", "delay", "delay_v1", 1, 3_000, 2_000, "it drifted", List.of("carrier")));
    same(
        LoopRecords.RETRAIN_STATUS,
        new RetrainStatus("abc", "delay", RetrainStatus.Phase.REJECTED, 2, "worse", 12));
    same(
        LoopRecords.MODEL_CONTROL,
        new ModelControl("delay", 3, ModelControl.Op.STAGE, 1, 0, 2, "retrained", 12));
    same(LoopRecords.MODEL_ACK, new ModelAck("delay", 3, 2, 0, 2, false, "truncated", 44, 12));
    same(
        LoopRecords.SHADOW_SCORE,
        new ShadowScore("scheduled-0@7", "1|2", "delay", 1_000, 3, 1, 0.25, 2, 0.5, 12));
    same(
        LoopRecords.ERASURE, new Erasure("e1", "tail_num", "00ff", Erasure.Phase.SWEEP, 1_000, 12));
    same(
        LoopRecords.ERASURE_ACK,
        new ErasureAck(
            "e1",
            Erasure.Phase.DROP,
            "features delay_v1",
            "features",
            1,
            2,
            List.of("gate", "features"),
            7,
            3,
            12));
  }

  @Test
  void shouldReadBackAReportOnParity() throws MalformedRecordException {
    same(
        LoopRecords.PARITY_REPORT,
        new ParityReport(
            "delay_v1",
            2,
            1_000,
            2_000,
            9_000,
            10,
            8,
            7,
            1,
            2,
            "abc",
            List.of(new ParityReport.ReasonCount(ParityReport.Reason.LATE_EVENT, 1)),
            List.of(new ParityReport.FeatureParity("carrier__late_3h", 8, 0, 1)),
            List.of(
                new ParityReport.Mismatch(
                    "scheduled-0@7",
                    "1",
                    1_500,
                    "delay",
                    3,
                    ParityReport.Reason.LATE_EVENT,
                    "arrived-0@3 became known later",
                    List.of(
                        new ParityReport.DifferentValue(
                            "carrier__late_3h", "UA", Optional.empty(), Optional.of("1"))))),
            List.of(new ParityReport.TableSnapshot("events/arrived", 12))));
  }

  private <T extends Record> void same(RecordMapping<T> mapping, T record)
      throws MalformedRecordException {
    LoopCodec<T> codec = new LoopCodec<>("loop", mapping, new LocalSchemaRegistry());
    assertThat(codec.decode(codec.encode(record))).isEqualTo(record);
  }

  @Test
  void shouldKeepTheSchemasThatOthersRead() {
    Map<String, RecordMapping<?>> mappings = new TreeMap<>();
    for (RecordMapping<?> mapping :
        List.of(
            LoopRecords.OUTCOME,
            LoopRecords.DRIFT_REPORT,
            LoopRecords.RETRAIN_REQUEST,
            LoopRecords.RETRAIN_STATUS,
            LoopRecords.MODEL_CONTROL,
            LoopRecords.MODEL_ACK,
            LoopRecords.SHADOW_SCORE,
            LoopRecords.ERASURE,
            LoopRecords.ERASURE_ACK,
            LoopRecords.PARITY_REPORT)) {
      mappings.put(mapping.schema().getName(), mapping);
    }
    String schemas =
        mappings.values().stream()
            .map(mapping -> mapping.schema().toString(true))
            .collect(Collectors.joining("\n", "", "\n"));
    assertThat(schemas).isEqualTo(GoldenFile.text("loop-schemas-v1.txt"));
  }

  @Test
  void shouldReadReportsOfBeforeTheyToldWhatTheirReferenceRestsOn()
      throws MalformedRecordException {
    DriftReport report =
        new DriftReport(
            "delay", 1, 0, 9, 5, DriftReport.Kind.INPUTS, List.of(DRIFT), Optional.empty());

    assertThat(readOfBefore(LoopRecords.DRIFT_REPORT, report, "reference")).isEqualTo(report);
  }

  @Test
  void shouldReadOutcomesOfBeforeTheyToldWhereTheirLabelWasRead() throws MalformedRecordException {
    Outcome outcome =
        new Outcome("p", "k", "s", "m", 1, 5, 0.5, Outcome.Status.LABELLED, Optional.of(false), 9);

    assertThat(readOfBefore(LoopRecords.OUTCOME, outcome, "label_partition", "label_offset"))
        .isEqualTo(outcome);
  }

  /** What is read of a record that was written before it had some of its fields. */
  private <T extends Record> T readOfBefore(RecordMapping<T> mapping, T record, String... added)
      throws MalformedRecordException {
    GenericRecord now = mapping.toAvro(record);
    Schema schema = mapping.schema();
    Schema before =
        Schema.createRecord(
            schema.getName(),
            null,
            schema.getNamespace(),
            false,
            schema.getFields().stream()
                .filter(field -> !List.of(added).contains(field.name()))
                .map(field -> new Schema.Field(field, field.schema()))
                .toList());
    GenericRecord old = new GenericData.Record(before);
    before.getFields().forEach(field -> old.put(field.pos(), now.get(field.name())));
    byte[] bytes = new RecordCodec("loop", before, registry).encode(old);

    return new LoopCodec<>("loop", mapping, registry).decode(bytes);
  }

  @Test
  void shouldRefuseARecordThatBreaksItsRules() {
    LoopCodec<ModelControl> codec = new LoopCodec<>("loop", LoopRecords.MODEL_CONTROL, registry);
    GenericRecord record =
        LoopRecords.MODEL_CONTROL.toAvro(
            new ModelControl("delay", 3, ModelControl.Op.STAGE, 1, 0, 2, "retrained", 12));
    record.put("epoch", 0L);
    byte[] bytes =
        new RecordCodec("loop", LoopRecords.MODEL_CONTROL.schema(), registry).encode(record);

    assertThatThrownBy(() -> codec.decode(bytes))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("ModelControl")
        .hasMessageContaining("epoch 0");
  }

  @Test
  void shouldRefuseGarbageAndNeverFailOtherwise() {
    LoopCodec<DriftReport> codec = new LoopCodec<>("loop", LoopRecords.DRIFT_REPORT, registry);
    byte[] good =
        codec.encode(
            new DriftReport(
                "delay", 1, 0, 1, 5000, DriftReport.Kind.INPUTS, List.of(DRIFT), Optional.empty()));
    long seed = 42;
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = good.clone();
      for (int flips = 0; flips < 4; flips++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        codec.decode(bytes);
      } catch (MalformedRecordException e) {
        assertThat(e.getMessage()).as("seed %d, case %d", seed, i).isNotBlank();
        refused++;
      }
    }
    assertThat(refused).as("seed %d", seed).isPositive();
  }
}
