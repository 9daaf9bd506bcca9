package io.millrace.offline.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.TestFlights;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreCutTest {
  private static final Definitions FLIGHTS = TestFlights.over(Path.of("none"));
  private static final List<String> EVENTS =
      List.of("events/scheduled", "events/departed", "events/arrived");

  @TempDir Path root;

  @Test
  void shouldEndWherePredictionsOrEventsEnd() {
    EVENTS.forEach(table -> commit(table, 500));
    commit("predictions/delay", 700);
    assertThat(cut().completeMs()).hasValue(500);
    assertThat(cut().answeredMs()).hasValue(700);

    EVENTS.forEach(table -> commit(table, 900));
    assertThat(cut().completeMs()).hasValue(700);
    assertThat(cut().snapshots())
        .isEqualTo(
            Map.of(
                "events/scheduled", 2L,
                "events/departed", 2L,
                "events/arrived", 2L,
                "predictions/delay", 1L));
  }

  @Test
  void shouldNotTrustACheckpointOfWhichATableMayBeMissing() {
    EVENTS.forEach(table -> commit(table, 500));
    commit("predictions/delay", 5_000);
    commit("events/arrived", 700);
    assertThat(cut().completeMs()).as("the others may be written next").hasValue(500);

    commit("events/arrived", 800);
    assertThat(cut().completeMs()).as("the others had nothing new").hasValue(700);

    compact("events/arrived");
    assertThat(cut().completeMs()).as("a compaction is no checkpoint").hasValue(700);
  }

  @Test
  void shouldCountATableThatIsNotThereAsSilent() {
    commit("predictions/delay", 5_000);
    commit("events/scheduled", 500);
    assertThat(cut().completeMs()).isEmpty();

    commit("events/scheduled", 600);
    assertThat(cut().completeMs()).hasValue(500);
  }

  @Test
  void shouldWaitForTheSlowestModelUnlessOthersAreNamed() {
    EVENTS.forEach(table -> commit(table, 900));
    commit("predictions/delay", 800);
    commit("predictions/retired", 100);
    assertThat(cut().completeMs()).hasValue(100);
    assertThat(
            Parity.of(FLIGHTS, "delay_v1", new OfflineStore(root))
                .ofModels(List.of("delay"))
                .cut()
                .completeMs())
        .hasValue(800);
  }

  @Test
  void shouldBeNowhereCompleteWithoutWatermarks() {
    assertThat(cut().completeMs()).isEmpty();
    EVENTS.forEach(this::compact);
    compact("predictions/delay");
    assertThat(cut().completeMs()).isEmpty();
  }

  private StoreCut cut() {
    return Parity.of(FLIGHTS, "delay_v1", new OfflineStore(root)).cut();
  }

  private void commit(String table, long watermarkMs) {
    snapshots(table)
        .commit(
            before -> Optional.of(Change.append(List.of(), Map.of()).withWatermark(watermarkMs)));
  }

  private void compact(String table) {
    snapshots(table).commit(before -> Optional.of(Change.compact(List.of(), List.of(), Map.of())));
  }

  private TableSnapshots snapshots(String table) {
    return new TableSnapshots(new LocalStoreFiles(root.resolve(table)), InstantSource.system());
  }
}
