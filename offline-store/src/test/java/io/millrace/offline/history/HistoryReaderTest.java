package io.millrace.offline.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Field;
import io.millrace.feature.History;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineException;
import io.millrace.offline.TestParquet;
import io.millrace.offline.TestSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryReaderTest {
  @TempDir Path folder;

  @Test
  void shouldMakeAnEventOfEachRow() {
    Path file = visits("v.parquet", "(5, 'b', 1), (7, 'a', null)");
    assertThat(read(TestSources.visits(TestSources.sorted(file))))
        .containsExactly(
            new Event("visits", 5000, new Position("v.parquet", 0, 0), Values.of(5000, "b", 1)),
            new Event("visits", 7000, new Position("v.parquet", 0, 1), Values.of(7000, "a", null)));
  }

  @Test
  void shouldSortInMemoryWithoutADisorderBoundAndKeepTiesInRowOrder() {
    Path file = visits("v.parquet", "(9, 'c', 0), (1, 'a', 1), (9, 'b', 2), (4, 'd', 3)");
    assertThat(read(TestSources.visits(TestSources.sorted(file))))
        .extracting(e -> e.values().textAt(1))
        .containsExactly("a", "d", "c", "b");
  }

  @Test
  void shouldSortAsAStreamWithinTheDisorderBound() {
    // The rows lie at most 8 s behind the newest before them.
    String query =
        "select make_timestamp((i * 1000 - (hash(i) % 8001)::bigint + 100000) * 1000) seen,"
            + " 'w' || i who, i n from range(5000) r(i)";
    Path file = TestParquet.write(folder.resolve("v.parquet"), query);
    List<Event> streamed =
        read(TestSources.visits(TestSources.streamed(file, Duration.ofSeconds(8))));
    assertThat(streamed)
        .hasSize(5000)
        .isEqualTo(read(TestSources.visits(TestSources.sorted(file))));
  }

  @Test
  void shouldAcceptARowExactlyAtTheDisorderBoundAndRefuseOneBeyond() {
    Path at = visits("at.parquet", "(10, 'a', 0), (7, 'b', 0)");
    assertThat(read(TestSources.visits(TestSources.streamed(at, Duration.ofSeconds(3)))))
        .extracting(Event::timeMs)
        .containsExactly(7000L, 10000L);
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(
            () -> read(TestSources.visits(TestSources.streamed(at, Duration.ofMillis(2999)))))
        .withMessage(
            "row 1 of at.parquet is of 1970-01-01T00:00:07Z, PT3S behind row 0 of at.parquet of"
                + " 1970-01-01T00:00:10Z, but history.disorder of visits is PT2.999S; raise it to"
                + " PT3S or more, or remove it to sort in memory");
  }

  @Test
  void shouldReadAFolderInTheOrderOfNamesAndPassOverWhatIsNoData() throws IOException {
    Files.createDirectories(folder.resolve("past/dt=1"));
    Files.createDirectories(folder.resolve("past/dt=2"));
    Files.createDirectories(folder.resolve("past/_tmp"));
    visits("past/dt=2/part-0", "(9, 'c', 0)");
    visits("past/dt=1/part-1", "(9, 'a', 0)");
    Files.writeString(folder.resolve("past/dt=1/.part-2.inprogress"), "no Parquet");
    Files.writeString(folder.resolve("past/_SUCCESS"), "");
    Files.writeString(folder.resolve("past/_tmp/x"), "no Parquet");
    EventSource source = TestSources.visits(TestSources.sorted(folder.resolve("past")));
    assertThat(read(source))
        .extracting(Event::position)
        .containsExactly(new Position("dt=1/part-1", 0, 0), new Position("dt=2/part-0", 0, 0));
    try (HistoryReader reader = HistoryReader.open(source)) {
      assertThat(reader.rows()).isEqualTo(2);
      reader.next();
      assertThat(reader.rowsRead()).isEqualTo(2);
    }
  }

  @Test
  void shouldWidenIntegersToFloat64() {
    RowSchema schema =
        new RowSchema(
            "visits",
            List.of(
                Field.required("seen", ValueType.TIMESTAMP),
                Field.nullable("n", ValueType.FLOAT64)));
    Path file = visits("v.parquet", "(5, 'b', 3), (6, 'b', null)");
    assertThat(read(TestSources.source("visits", schema, "seen", TestSources.sorted(file))))
        .extracting(Event::values)
        .containsExactly(Values.of(5000, 3.0), Values.of(6000, null));
  }

  @Test
  void shouldReadListsAndMapsAndWidenIntegersInLists() {
    RowSchema schema =
        new RowSchema(
            "visits",
            List.of(
                Field.required("seen", ValueType.TIMESTAMP),
                Field.nullable("vector", ValueType.FLOAT64_LIST),
                Field.nullable("words", ValueType.STRING_LIST),
                Field.nullable("shares", ValueType.FLOAT64_MAP),
                Field.nullable("same", ValueType.FLOAT64_LIST)));
    Path file =
        TestParquet.write(
            folder.resolve("lists.parquet"),
            """
            select make_timestamp(5000000) seen, [1, -2] vector, ['a', '𝄞'] words,
              map {'a': 0.5::double} shares, [0.25::float] v32
            union all select make_timestamp(6000000), null, [], map {}, null""");
    History history = new History(file, Optional.empty(), Map.of("same", "v32"), Optional.empty());
    assertThat(read(TestSources.source("visits", schema, "seen", history)))
        .extracting(Event::values)
        .containsExactly(
            Values.of(
                5000, List.of(1.0, -2.0), List.of("a", "𝄞"), Map.of("a", 0.5), List.of(0.25)),
            Values.of(6000, null, List.of(), Map.of(), null));
  }

  @Test
  void shouldNameWhatIsMissing() throws IOException {
    Path none = folder.resolve("none");
    assertRefused(TestSources.sorted(none), "there is no file or folder " + none);
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertRefused(
        TestSources.sorted(empty),
        "the folder " + empty + ", history.path of visits, has no files");
    Path file =
        TestParquet.write(folder.resolve("v.parquet"), "select make_timestamp(0) seen, 'a' name");
    assertRefused(
        TestSources.sorted(file),
        file
            + " has no column who; it has [seen, name]; give visits an expression for it under"
            + " history.columns.who");
    EventSource source =
        TestSources.visits(
            new History(file, Optional.empty(), Map.of("whom", "name"), Optional.empty()));
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> HistoryReader.open(source))
        .withMessage(
            "history.columns of visits names whom, which is no column of the source; it has [seen,"
                + " who, n]");
  }

  @Test
  void shouldNameAColumnOfTheWrongType() {
    Path seconds =
        TestParquet.write(folder.resolve("s.parquet"), "select 5::bigint seen, 'a' who, 1 n");
    assertRefused(
        TestSources.sorted(seconds),
        "visits.seen is TIMESTAMP, but the column of "
            + seconds
            + " is INT64; give visits an expression for it under history.columns.seen in"
            + " milliseconds since 1970");
    Path list = TestParquet.write(folder.resolve("l.parquet"), "select 5.5::decimal(4, 1) seen");
    assertRefused(
        TestSources.sorted(list),
        "the column seen of "
            + list
            + " is INT32 as DECIMAL(4,1), which is not read; give visits an expression for it"
            + " under history.columns.seen");
  }

  @Test
  void shouldNameTheRowThatHasNoEventTime() {
    Path file = visits("v.parquet", "(5, 'a', 1), (null, 'b', 1)");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> read(TestSources.visits(TestSources.sorted(file))))
        .withMessage(
            "row 1 of "
                + file
                + " has no seen, which every event of visits must have; leave such rows out with"
                + " history.where, or make the column nullable");
  }

  @Test
  void shouldComputeColumnsAndLeaveOutRows() {
    Path file =
        TestParquet.write(
            folder.resolve("s.parquet"),
            "select * from (values (5::bigint, 'ann', 1), (7, 'bob', 2), (9, null, 3))"
                + " t(seconds, name, shoes)");
    EventSource source =
        TestSources.visits(
            new History(
                file,
                Optional.of("has(name) && name != 'carl'"),
                Map.of("seen", "seconds * 1000", "who", "upper(name)", "n", "shoes + 1"),
                Optional.of(Duration.ZERO)));
    assertThat(read(source))
        .extracting(Event::values)
        .containsExactly(Values.of(5000, "ANN", 2), Values.of(7000, "BOB", 3));
  }

  @Test
  void shouldNameAnExpressionThatCannotBeRead() {
    Path file =
        TestParquet.write(folder.resolve("s.parquet"), "select 5::bigint as seconds, 'a' who, 1 n");
    assertRefused(
        new History(file, Optional.empty(), Map.of("seen", "second * 1000"), Optional.empty()),
        "history.columns.seen of visits cannot be read over the columns of "
            + file
            + ": s.parquet has no column second; did you mean seconds? (in 'second * 1000', at"
            + " character 1)");
    assertRefused(
        new History(
            file, Optional.of("seconds"), Map.of("seen", "seconds * 1000"), Optional.empty()),
        "history.where of visits must be BOOL, but 'seconds' is INT64");
    assertRefused(
        new History(file, Optional.empty(), Map.of("seen", "who"), Optional.empty()),
        "visits.seen is TIMESTAMP, but history.columns.seen 'who' is STRING");
  }

  @Test
  void shouldReadTheRealFlightsAsDepartures() {
    RowSchema schema =
        new RowSchema(
            "departures",
            List.of(
                Field.required("departed_at", ValueType.TIMESTAMP),
                Field.nullable("tail_num", ValueType.STRING),
                Field.required("dep_delay_min", ValueType.FLOAT64)));
    History history =
        new History(
            TestSources.SFO,
            Optional.of("has(dep_delay_min)"),
            Map.of("departed_at", "sched_dep_utc + dep_delay_min * 60000"),
            Optional.of(Duration.ofDays(4)));
    List<Event> events = read(TestSources.source("departures", schema, "departed_at", history));
    List<List<String>> expected =
        TestParquet.read(
            "select epoch_ms(sched_dep_utc + to_minutes(dep_delay_min)) t, tail_num,"
                + " dep_delay_min::double from (select *, file_row_number r from read_parquet('"
                + TestSources.SFO
                + "', file_row_number = true)) where dep_delay_min is not null order by t, r");
    assertThat(events).hasSize(expected.size()).hasSizeGreaterThan(100_000);
    for (int i = 0; i < events.size(); i++) {
      Values values = events.get(i).values();
      assertThat(
              Arrays.asList(
                  Long.toString(values.longAt(0)),
                  values.isNull(1) ? null : values.textAt(1),
                  Double.toString(values.doubleAt(2))))
          .as("event %d", i)
          .isEqualTo(expected.get(i));
    }
  }

  private void assertRefused(History history, String message) {
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> HistoryReader.open(TestSources.visits(history)))
        .withMessageStartingWith(message);
  }

  /** A file of rows (seconds, who, n). */
  private Path visits(String name, String rows) {
    return TestParquet.write(
        folder.resolve(name),
        "select make_timestamp(seen * 1000000) seen, who, n::int n from (values "
            + rows
            + ") t(seen, who, n)");
  }

  private static List<Event> read(EventSource source) {
    List<Event> events = new ArrayList<>();
    try (HistoryReader reader = HistoryReader.open(source)) {
      reader.forEachRemaining(events::add);
    }
    return events;
  }
}
