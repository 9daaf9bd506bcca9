package io.millrace.offline.training;

import static io.millrace.offline.training.TestTrips.START_MS;
import static io.millrace.offline.training.TestTrips.TRIPS;
import static io.millrace.offline.training.TestTrips.trip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.feature.Event;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineException;
import io.millrace.offline.TestParquet;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.training.SpineSet.SpineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpineSetTest {
  private static final SpineListener SILENT = (step, rows, ofRows, events) -> {};

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldGiveEachRowTheVectorThatTheServiceAnsweredThen(long seed) throws Exception {
    List<Event> trips = TestTrips.random(new Random(seed), 400);
    Map<String, Values> answered = new HashMap<>();
    TrainingSet.of(TRIPS, "fare_v1", Instant.EPOCH, Instant.ofEpochMilli(1L << 50))
        .walk(trips.iterator(), row -> answered.put(row.requestKey(), row.vector()));
    Path out = make("fare_v1", TestTrips.spine(folder.resolve("s.parquet"), trips), trips, 2);

    try (ParquetRowReader rows = ParquetRowReader.open(out.resolve("part-00000.parquet"))) {
      assertThat(rows.schema().fields())
          .extracting(field -> field.name())
          .containsExactly(
              "id",
              "car",
              "zone",
              "fare",
              "at",
              "label",
              "car__trips_1h",
              "car__last_fare",
              "car_in_zone__excess_2h",
              "zone_peak__max_2h",
              "over");
      int count = 0;
      while (rows.next()) {
        Values vector = new Values(5);
        for (int i = 0; i < 5; i++) {
          vector.copyFrom(i, rows.row(), 6 + i);
        }
        String id = Long.toString(rows.row().longAt(0));
        assertThat(vector).as("seed %d, trip %s", seed, id).isEqualTo(answered.get(id));
        count++;
      }
      assertThat(count).isEqualTo(400);
    }
  }

  @Test
  void shouldMakeTheSameBytesAgainAndOnAnyNumberOfThreads() throws Exception {
    List<Event> trips = TestTrips.random(new Random(7), 3_000);
    Path spine = TestTrips.spine(folder.resolve("s.parquet"), trips);
    Path first = make("fare_v1", spine, trips, 1);
    for (int threads : new int[] {1, 2, 5}) {
      Path again = make("fare_v1", spine, trips, threads);
      for (String file : List.of("part-00000.parquet", "_training-set.json")) {
        assertThat(again.resolve(file))
            .as("%s with %d threads", file, threads)
            .hasSameBinaryContentAs(first.resolve(file));
      }
    }
  }

  @Test
  void shouldDefineTiesDuplicatesNullsAndWhatIsBeforeAndAfterTheHistory() throws Exception {
    List<Event> trips =
        List.of(
            trip(0, "a", null, 5.0, START_MS),
            trip(1, "a", null, 7.0, START_MS + 1_000),
            trip(2, null, null, 9.0, START_MS + 1_000));
    Path spine =
        csv(
            """
            n,car,at,note
            0,a,2026-03-01T00:00:01.001Z,after both
            1,a,2026-03-01T00:00:01Z,a tie is not seen
            2,a,2026-03-01T00:00:01Z,a tie is not seen
            3,,2026-03-01T00:00:01.500Z,no key
            4,b,2026-03-01T00:00:01.500Z,unknown key
            5,a,2026-02-01T00:00:00Z,before
            6,a,2026-03-01 01:00:00.000999+01:00,a zone; floored to the millisecond
            7,a,2026-03-01T01:00:01.000Z,an hour later
            """);
    List<SpineCounts> counts = new ArrayList<>();
    Path out = make("car_v1", spine, trips, 2, counts);

    assertThat(
            TestParquet.read(
                "select n, car, car__trips_1h, car__last_fare from '" + out + "/*.parquet'"))
        .extracting(Object::toString)
        .containsExactly(
            "[5, a, 0, null]",
            "[6, a, 0, null]",
            "[1, a, 1, 5.0]",
            "[2, a, 1, 5.0]",
            "[0, a, 2, 7.0]",
            "[3, null, 0, null]",
            "[4, b, 0, null]",
            "[7, a, 1, 7.0]");
    assertThat(counts).containsExactly(new SpineCounts(8, 3, 0, 2, 4));
  }

  @Test
  void shouldKeepTheMicrosecondsAndDaysOfWhatItCarries() throws Exception {
    Path spine =
        TestParquet.write(
            folder.resolve("s.parquet"),
            "select timestamp '2026-03-01 00:00:00.123456' \"at\", date '2026-03-02' due,"
                + " timestamptz '2026-03-01 01:00:00+01' paid, 'a' car, [1, 2] xs, 3::utinyint u,"
                + " [0.5::double] ds, ['p', 'q'] ts, map {'k': 1.5::double} m, true yes");
    Path out = make("car_v1", spine, List.of(), 1);
    assertThat(
            TestParquet.read(
                "select epoch_us(\"at\"), due, epoch_ms(paid), xs, u, ds, ts, m, yes, car from '"
                    + out
                    + "/*.parquet'"))
        .extracting(Object::toString)
        .containsExactly(
            "[1772323200123456, 2026-03-02, 1772323200000, [1, 2], 3, [0.5], [p, q], {k=1.5}, true,"
                + " a]");
  }

  @Test
  void shouldTakeTheTimeFromAnyColumnAndTheRowsInTheOrderOfTimeAndRow() throws Exception {
    Path spine = csv("asked,car\n2026-03-03,z\n2026-03-02,a\n2026-03-03,b\n2026-03-02,\"\"\n");
    Path out = folder.resolve("dated");
    SpineSet.of(TRIPS, "car_v1", spine, new SpineOptions(Optional.of("asked"), 2, 64))
        .write(List.<Event>of().iterator(), out, SILENT);
    assertThat(TestParquet.read("select asked, car from '" + out + "/*.parquet'"))
        .extracting(Object::toString)
        .containsExactly("[2026-03-02, a]", "[2026-03-02, ]", "[2026-03-03, z]", "[2026-03-03, b]");
  }

  @Test
  void shouldSeeWhatWasKnownOnly() throws Exception {
    Event onTime = trip(0, "a", null, 5.0, START_MS);
    Event late = trip(1, "a", null, 7.0, START_MS + 1_000);
    Event never = trip(2, "a", null, 9.0, START_MS + 2_000);
    List<Known<Event>> known =
        List.of(
            new Known<>(onTime, START_MS),
            new Known<>(late, START_MS + 60_000),
            new Known<>(never, START_MS + 86_400_000));
    Path spine =
        csv(
            """
            car,at
            a,2026-03-01T00:00:30Z
            a,2026-03-01T00:01:00Z
            a,2026-03-01T00:01:00.001Z
            a,2026-03-01T02:00:00Z
            """);
    Path out = folder.resolve("known");
    SpineSet.of(TRIPS, "car_v1", spine, SpineOptions.defaults())
        .writeAsKnown(known.iterator(), out, SILENT);
    assertThat(
            TestParquet.read("select car__trips_1h, car__last_fare from '" + out + "/*.parquet'"))
        .extracting(Object::toString)
        .containsExactly("[1, 5.0]", "[1, 5.0]", "[2, 7.0]", "[0, 7.0]");

    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(
            () ->
                SpineSet.of(TRIPS, "fare_v1", spine, SpineOptions.defaults())
                    .writeAsKnown(known.iterator(), folder.resolve("x"), SILENT))
        .withMessageContaining("views of it build on other views; leave --as-known out");
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
  void shouldNotChangeAnyRowWhenAllThatIsNotBeforeItIsOther(long seed) throws Exception {
    Random random = new Random(seed);
    List<Event> trips = TestTrips.random(random, 300);
    long cutMs = trips.get(100 + random.nextInt(100)).timeMs();
    List<Event> other = new ArrayList<>();
    for (Event trip : trips) {
      other.add(
          trip.timeMs() < cutMs
              ? trip
              : trip(
                  trip.position().offset(),
                  "c" + random.nextInt(5),
                  "z" + random.nextInt(3),
                  1_000 + random.nextDouble(),
                  trip.timeMs()));
    }
    Path spine = TestTrips.spine(folder.resolve("s.parquet"), trips);
    String columns = " from '%s/*.parquet' where epoch_ms(\"at\") %s " + cutMs;
    Path out = make("fare_v1", spine, trips, 2);
    Path outOther = make("fare_v1", spine, other, 2);

    assertThat(TestParquet.read("select *" + columns.formatted(outOther, "<=")))
        .as("seed %d", seed)
        .hasSizeGreaterThan(100)
        .isEqualTo(TestParquet.read("select *" + columns.formatted(out, "<=")));
    assertThat(TestParquet.read("select *" + columns.formatted(outOther, ">")))
        .as("seed %d", seed)
        .isNotEqualTo(TestParquet.read("select *" + columns.formatted(out, ">")));
  }

  @Test
  void shouldMakeAFileWithoutRowsOfASpineWithoutRows() throws Exception {
    Path spine =
        TestParquet.write(
            folder.resolve("s.parquet"),
            "select 'a' car, timestamp '2026-03-01 00:00:00' \"at\" where false");
    Path out = make("car_v1", spine, List.of(), 1);
    assertThat(TestParquet.read("select count(*) from '" + out + "/*.parquet'"))
        .containsExactly(List.of("0"));
  }

  private Path csv(String text) throws IOException {
    return Files.writeString(folder.resolve("spine.csv"), text);
  }

  private Path make(String service, Path spine, List<Event> trips, int threads) throws Exception {
    return make(service, spine, trips, threads, new ArrayList<>());
  }

  private Path make(
      String service, Path spine, List<Event> trips, int threads, List<SpineCounts> counts)
      throws Exception {
    Path out = folder.resolve("out-" + System.nanoTime());
    counts.add(
        SpineSet.of(TRIPS, service, spine, new SpineOptions(Optional.empty(), threads, 128))
            .write(trips.iterator(), out, SILENT));
    return out;
  }
}
