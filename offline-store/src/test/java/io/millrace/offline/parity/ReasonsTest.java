package io.millrace.offline.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.Field;
import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.loop.ParityReport.DifferentValue;
import io.millrace.feature.loop.ParityReport.Mismatch;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.DataFiles;
import io.millrace.offline.plan.AppliedDefinitions;
import io.millrace.offline.snapshot.Change;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.TableSnapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each reason, provoked. Cards pay; a request asks how often one paid in the last minutes. Event
 * times are milliseconds since 1970; the clock that events are known by runs apart from them.
 */
class ReasonsTest {
  private static final String SERVICE = "risk";
  private static final long REQUEST_MS = 100_000;
  private static final long APPENDED_MS = 1_700_000_000_500L;
  private static final long SCORED_MS = 1_700_000_000_900L;

  @TempDir Path root;
  @TempDir Path files;

  private final List<Known<Event>> paid = new ArrayList<>();
  private final List<Prediction> predictions = new ArrayList<>();

  @Test
  void shouldBeEqualWithoutAReason() throws Exception {
    pay(90_000, APPENDED_MS - 1);
    answer(SCORED_MS, 1);

    ParityCheck check = check("2m");

    assertThat(check.reasons()).isEmpty();
    assertThat(check.matched()).isEqualTo(1);
  }

  @Test
  void shouldShowTheEventThatBecameKnownLate() throws Exception {
    pay(90_000, APPENDED_MS - 1);
    pay(95_000, SCORED_MS + 100);
    answer(SCORED_MS, 1);

    Mismatch mismatch = only("2m");

    assertThat(mismatch.reason()).isEqualTo(Reason.LATE_EVENT);
    assertThat(mismatch.evidence())
        .isEqualTo(
            "answered at %s; payments-0@1 of %s became known at %s"
                .formatted(
                    Instant.ofEpochMilli(SCORED_MS),
                    Instant.ofEpochMilli(95_000),
                    Instant.ofEpochMilli(SCORED_MS + 100)));
    assertThat(mismatch.values())
        .containsExactly(
            new DifferentValue("card__paid", "c1", Optional.of("1"), Optional.of("2")));
  }

  @Test
  void shouldNotBlameALateEventThatDoesNotExplainTheValue() throws Exception {
    pay(90_000, APPENDED_MS - 1);
    pay(95_000, SCORED_MS + 100);
    answer(SCORED_MS, 7);

    assertThat(only("2m").reason()).isEqualTo(Reason.UNEXPLAINED);
  }

  @Test
  void shouldTellThatARequestWasAnsweredTwice() throws Exception {
    pay(90_000, APPENDED_MS - 1);
    answer(SCORED_MS, 5);
    answer(SCORED_MS + 60_000, 1);

    ParityCheck check = check("2m");

    assertThat(check.sampled()).isEqualTo(2);
    assertThat(check.reasons()).isEqualTo(Map.of(Reason.ANSWERED_TWICE, 1L));
    assertThat(check.mismatches().get(0).evidence())
        .isEqualTo(
            "answered at %s by m version 1, and with other values at %s by m version 1"
                .formatted(
                    Instant.ofEpochMilli(SCORED_MS), Instant.ofEpochMilli(SCORED_MS + 60_000)));
  }

  @Test
  void shouldTellThatTheJobWasStartedBetweenRequestAndAnswer() throws Exception {
    pay(90_000, APPENDED_MS - 1);
    answer(SCORED_MS, 5);
    store(List.of(APPENDED_MS - 9_000, APPENDED_MS + 200));

    Mismatch mismatch = recompute("2m").mismatches().get(0);

    assertThat(mismatch.reason()).isEqualTo(Reason.ACROSS_RESTART);
    assertThat(mismatch.evidence())
        .isEqualTo(
            "appended at %s, answered at %s by a job that was started at %s"
                .formatted(
                    Instant.ofEpochMilli(APPENDED_MS),
                    Instant.ofEpochMilli(SCORED_MS),
                    Instant.ofEpochMilli(APPENDED_MS + 200)));
  }

  @Test
  void shouldNotBlameAStartBeforeTheRequest() throws Exception {
    pay(90_000, APPENDED_MS - 1);
    answer(SCORED_MS, 5);
    store(List.of(APPENDED_MS - 9_000));

    assertThat(recompute("2m").reasons()).isEqualTo(Map.of(Reason.UNEXPLAINED, 1L));
  }

  @Test
  void shouldTellWhichDefinitionsMadeIt() throws Exception {
    apply("1m", Instant.parse("2026-01-01T00:00:00Z"));
    apply("2m", Instant.parse("2026-02-01T00:00:00Z"));
    pay(10_000, APPENDED_MS - 2);
    pay(90_000, APPENDED_MS - 1);
    answer(SCORED_MS, 1);

    Mismatch mismatch = only("2m");

    assertThat(mismatch.reason()).isEqualTo(Reason.DEFINITION_CHANGE);
    assertThat(mismatch.evidence())
        .isEqualTo("it is what the definitions applied as number 1 at 2026-01-01T00:00:00Z make");
  }

  @Test
  void shouldTellThatRowsWereErasedAfterwards() throws Exception {
    pay(90_000, APPENDED_MS - 1);
    answer(SCORED_MS, 2);
    store(List.of());
    String table = "events/payments";
    Instant erasedAt = Instant.ofEpochMilli(SCORED_MS + 5_000);
    new TableSnapshots(new LocalStoreFiles(root.resolve(table)), InstantSource.fixed(erasedAt))
        .commit(
            before ->
                Optional.of(
                    new Change(
                        Reasons.ERASE,
                        List.of(),
                        List.of(),
                        Map.of(),
                        OptionalLong.empty(),
                        Map.of(),
                        0)));

    Mismatch mismatch = recompute("2m").mismatches().get(0);

    assertThat(mismatch.reason()).isEqualTo(Reason.ERASED);
    assertThat(mismatch.evidence())
        .isEqualTo(
            "answered at %s; snapshot 2 of events/payments erased rows at %s"
                .formatted(Instant.ofEpochMilli(SCORED_MS), erasedAt));
  }

  private void pay(long timeMs, long knownMs) {
    paid.add(
        new Known<>(
            new Event(
                "payments",
                timeMs,
                new Position("payments", 0, paid.size()),
                Values.of(timeMs, "c1")),
            knownMs));
  }

  private void answer(long scoredMs, long paidCount) {
    predictions.add(
        new Prediction(
            "requests-0@0",
            "c1",
            SERVICE,
            "m",
            1,
            REQUEST_MS,
            APPENDED_MS,
            scoredMs,
            Values.of(paidCount),
            0.5));
  }

  private Mismatch only(String window) throws Exception {
    ParityCheck check = check(window);
    assertThat(check.sampled()).isEqualTo(1);
    assertThat(check.mismatches()).hasSize(1);
    return check.mismatches().get(0);
  }

  private ParityCheck check(String window) throws Exception {
    store(List.of());
    return recompute(window);
  }

  private ParityCheck recompute(String window) throws Exception {
    return Parity.of(definitions(window), SERVICE, new OfflineStore(root)).check(100, 1);
  }

  /** Writes and commits everything; the predictions as by jobs that were started then. */
  private void store(List<Long> starts) throws Exception {
    Definitions definitions = definitions("2m");
    Known<Event> request =
        new Known<>(
            new Event(
                "requests",
                REQUEST_MS,
                new Position("requests", 0, 0),
                Values.of(REQUEST_MS, "c1")),
            APPENDED_MS);
    commit(OfflineTables.events(definitions.source("payments")), paid, List.of());
    commit(OfflineTables.events(definitions.source("requests")), List.of(request), List.of());
    commit(
        OfflineTables.predictions(
            "m", new RowSchema(SERVICE, List.of(Field.nullable("card__paid", ValueType.INT64)))),
        predictions,
        starts);
  }

  private <T> void commit(OfflineTable<T> table, List<T> rows, List<Long> starts)
      throws IOException {
    OfflineStore store = new OfflineStore(root);
    TestStream.write(store, table, rows);
    LocalStoreFiles place = new LocalStoreFiles(store.folder(table));
    Change change = DataFiles.withAllOf(Change.append(List.of(), Map.of()), Set.of(), place);
    for (long start : starts) {
      change = change.by("%013d-abc".formatted(start), 1);
    }
    Change made = change;
    new TableSnapshots(place, InstantSource.system()).commit(before -> Optional.of(made));
  }

  private void apply(String window, Instant at) throws Exception {
    Path folder = write(window);
    new AppliedDefinitions(new OfflineStore(root))
        .record(folder, Map.of(), DefinitionFiles.load(folder, Map.of()), at);
  }

  private Definitions definitions(String window) throws Exception {
    return DefinitionFiles.load(write(window), Map.of());
  }

  private Path write(String window) throws IOException {
    Path folder = Files.createDirectories(files.resolve(window));
    for (String source : List.of("payment", "request")) {
      Files.writeString(
          folder.resolve(source + ".avsc"),
          """
          {"type": "record", "name": "%s", "fields": [
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "card", "type": "string"}]}
          """
              .formatted(source));
    }
    Files.writeString(
        folder.resolve("all.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 0s}
        key: [card]
        ---
        kind: EventSource
        name: requests
        topic: requests
        schema: request.avsc
        event-time: {field: at, disorder: 0s}
        key: [card]
        ---
        kind: FeatureView
        name: card
        version: 1
        entity: {keys: [card]}
        source: payments
        features:
          paid: {count: "*", window: %s}
        ---
        kind: FeatureService
        name: risk
        request: requests
        features:
          - {view: card, features: "*"}
        """
            .formatted(window));
    return folder;
  }
}
