package io.millrace.jobs.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.plan.AppliedDefinitions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryStartTest {
  private static final String AS_APPLIED = "event-time: {field: at, disorder: 10m}";

  @TempDir Path folder;
  private OfflineStore store;

  @BeforeEach
  void apply() throws Exception {
    store = new OfflineStore(folder.resolve("store"));
    Definitions applied = define("payments", AS_APPLIED);
    new AppliedDefinitions(store)
        .record(files(), Map.of(), applied, Instant.parse("2024-05-01T00:00:00Z"));
  }

  @Test
  void shouldNameAllThatASourceMeansOtherwiseThanWhenItWasRecorded() throws Exception {
    Definitions changed =
        define("payments_eu", "event-time: {field: booked, disorder: 10m}\nchanges: debezium");

    assertThat(HistoryStart.changed(store, changed.sources()))
        .singleElement()
        .asString()
        .startsWith(
            "the source payments is not the one that was applied (number 1), under which its events"
                + " were recorded: topic was payments and is payments_eu; event-time.field was at"
                + " and is booked; changes was ")
        .endsWith(". Give the changed source another name, or begin without history");
  }

  @Test
  void shouldTakeASourceThatMeansTheSame() throws Exception {
    Definitions patient = define("payments", "event-time: {field: at, disorder: 1h}");

    assertThat(HistoryStart.changed(store, patient.sources())).isEmpty();
    assertThat(
            HistoryStart.changed(
                new OfflineStore(folder.resolve("never-applied-to")), patient.sources()))
        .isEqualTo(List.of());
  }

  private Definitions define(String topic, String time) throws Exception {
    Files.createDirectories(files());
    Files.writeString(
        files().resolve("payment.avsc"),
        """
        {"type": "record", "name": "payment", "fields": [
          {"name": "card", "type": "string"},
          {"name": "booked", "type": {"type": "long", "logicalType": "timestamp-millis"}},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        files().resolve("payments.yaml"),
        """
        kind: EventSource
        name: payments
        topic: %s
        schema: payment.avsc
        %s
        """
            .formatted(topic, time));
    return DefinitionFiles.load(files(), Map.of());
  }

  private Path files() {
    return folder.resolve("definitions");
  }
}
