package io.millrace.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.EntityKey;
import io.millrace.feature.Event;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.jobs.feature.RowUpdateSerializer;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.SourceRecordSerializer;
import io.millrace.jobs.intake.StoredEvent;
import io.millrace.jobs.intake.StoredEventSerializer;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.jobs.vector.VectorPartSerializer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** Rows with lists and maps between the operators of a job. */
class ListValuesTest {
  private static final Values LISTS =
      Values.of(
          List.of(5L, -1L),
          List.of(Double.NaN, -0.0),
          List.of("Zürich", "", "𝄞"),
          Map.of("a", 0.25, "𝄞", -0.0),
          List.of(),
          Map.of(),
          null,
          7);

  @Test
  void shouldBringListsFromOperatorToOperator() throws IOException {
    Event event = new Event("visits", 5, new Position("visits", 0, 1), LISTS);
    FeatureRow row = new FeatureRow("visitor_v1", EntityKey.of("a"), 5, 4, 3, LISTS);

    assertSame(SourceRecordSerializer.INSTANCE, new SourceRecord.Good(0, event, 9));
    assertSame(StoredEventSerializer.INSTANCE, new StoredEvent(0, event, 9));
    assertSame(RowUpdateSerializer.INSTANCE, new RowUpdate(0, row, 9));
    assertSame(VectorPartSerializer.INSTANCE, new VectorPart.Request("r", "k", 5, 9, 1, LISTS));
    assertSame(VectorPartSerializer.INSTANCE, new VectorPart.Answer("r", 0, 5, LISTS));
  }

  private static <T> void assertSame(TypeSerializer<T> serializer, T value) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(value, out);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    assertThat(serializer.deserialize(in)).isEqualTo(value);
    assertThat(in.available()).isZero();
  }
}
