package io.millrace.offline.training;

import static io.millrace.offline.training.TestTrips.TRIPS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.feature.Event;
import io.millrace.offline.OfflineException;
import io.millrace.offline.TestParquet;
import io.millrace.offline.training.SpineSet.SpineOptions;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What does not fit is told with its place and the fix, and leaves nothing behind. */
class SpineSetBadInputTest {
  private static final SpineListener SILENT = (step, rows, ofRows, events) -> {};

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 'a' car;has no column at for the times of its rows; name it with --time",
        "select 'a' car, '2026-03-01' \"at\";the column at of; holds texts, not times; write times",
        "select 'a' car, 17 \"at\";is INTEGER, which does not tell its unit; write timestamps",
        "select now() \"at\";has no column car, which the feature car of car_v1 reads;"
            + " add the column, STRING",
        "select 1 car, now() \"at\";the column car of; is INTEGER, but the feature car of car_v1"
            + " reads it as STRING, as trips has it; cast it in the spine",
        "select 'a' car, now() \"at\", 1.5 price;the column price of; is DECIMAL(2,1), which a"
            + " training set does not carry; cast it",
        "select 'a' car, now() \"at\", 1 car__last_fare;the column car__last_fare of; has the name"
            + " of a feature of car_v1; rename the column",
        "select 'a' car, null::timestamp \"at\";row 0 of; has no time in at; give it one or leave",
        "select 'a' car, 'infinity'::timestamp \"at\";row 0 of; has no time in at; give it one"
      })
  void shouldSayWhichColumnOfTheSpineDoesNotFit(String line) throws IOException {
    String[] parts = line.split(";");
    Path spine = TestParquet.write(folder.resolve("s.parquet"), parts[0]);
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> make("car_v1", spine))
        .withMessageContainingAll(Arrays.copyOfRange(parts, 1, parts.length))
        .withMessageContaining("s.parquet");
    assertNothingLeft("s.parquet");
  }

  @Test
  void shouldSayThatAParquetFileIsCutShort() throws IOException {
    Path spine = TestParquet.write(folder.resolve("s.parquet"), "select 'a' car, now() \"at\"");
    byte[] bytes = Files.readAllBytes(spine);
    Files.write(spine, Arrays.copyOf(bytes, bytes.length - 20));
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> make("car_v1", spine))
        .withMessageContaining("s.parquet cannot be read")
        .withMessageContaining("write it again if its copying was cut short");
    assertNothingLeft("s.parquet");
  }

  @Test
  void shouldSayWhichLineOfACsvFileDoesNotFit() throws IOException {
    Path spine =
        Files.writeString(
            folder.resolve("s.csv"),
            "car,zone,fare,at\na,z,1.5,2026-03-01T00:00:00Z\nb,z,cheap,2026-03-01T00:00:00Z\n");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> make("fare_v1", spine))
        .withMessageContaining("s.csv cannot be read")
        .withMessageContaining("Line: 3")
        .withMessageContaining("\"cheap\"")
        .withMessageContaining("fare");
    Files.writeString(spine, "car,at\na,yesterday\n");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> make("car_v1", spine))
        .withMessageContaining("holds texts, not times; write times as 2008-03-09 12:00:00");
    assertNothingLeft("s.csv");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 300_000, 700_000})
  void shouldLeaveNothingWhereTheDiskIsFull(int room) throws IOException {
    Path spine =
        TestParquet.write(
            folder.resolve("s.parquet"),
            "select 'c' || (i % 5) car, epoch_ms(1772323200000 + i * 1000) \"at\", hash(i)::double x"
                + " from range(80000) t(i)");
    Path out = folder.resolve("out");
    SpineSet set =
        SpineSet.of(
            TRIPS,
            "car_v1",
            spine,
            SpineOptions.defaults(),
            path -> new FullDisk(Files.newOutputStream(path), room));
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> set.write(List.<Event>of().iterator(), out, SILENT))
        .withMessage(
            "the training set cannot be written to "
                + out
                + ": java.io.IOException: No space left on device; free some of its disk, or choose"
                + " another --out");
    assertNothingLeft("s.parquet");
  }

  /** A disk that has room for so many bytes more. */
  private static final class FullDisk extends FilterOutputStream {
    private int room;

    FullDisk(OutputStream out, int room) {
      super(out);
      this.room = room;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (length > room) {
        throw new IOException("No space left on device");
      }
      room -= length;
      out.write(bytes, offset, length);
    }
  }

  @Test
  void shouldRefuseWhatIsNoSpineAndAnUnknownService() throws IOException {
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> make("car_v1", folder.resolve("none.csv")))
        .withMessageContaining("there is no file")
        .withMessageContaining("mend the path");
    Path text = Files.writeString(folder.resolve("s.txt"), "");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> make("car_v1", text))
        .withMessageContaining("must be a .parquet, .csv, .csv.gz or .csv.zst file");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> make("car_v2", text))
        .withMessageContaining("no feature service is named car_v2; there are [fare_v1, car_v1]");
    assertNothingLeft("s.txt");
  }

  @Test
  void shouldRefuseAnOutputFolderThatHoldsSomethingOrCannotBe() throws IOException {
    Path spine = TestParquet.write(folder.resolve("s.parquet"), "select 'a' car, now() \"at\"");
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> make("car_v1", spine, file))
        .withMessageContaining("file is a file; choose another --out");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> make("car_v1", spine, file.resolve("below")))
        .withMessageContaining("cannot be written")
        .withMessageContaining("choose another --out");
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> make("car_v1", spine, folder))
        .withMessageContaining("is not empty; choose another --out, or remove it");
    assertNothingLeft("file", "s.parquet");
  }

  @Test
  void shouldLeaveNothingWhenTheHistoryFailsOnTheWay() throws IOException {
    Path spine = TestParquet.write(folder.resolve("s.parquet"), "select 'a' car, now() \"at\"");
    Iterator<Event> broken =
        Stream.iterate(0, i -> i + 1)
            .map(
                i -> {
                  if (i == 40_000) {
                    throw new OfflineException("row 40000 of trips.parquet is damaged");
                  }
                  return TestTrips.trip(i, "a", null, 1.0, TestTrips.START_MS + i);
                })
            .iterator();
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(
            () ->
                SpineSet.of(TRIPS, "car_v1", spine, SpineOptions.defaults())
                    .write(broken, folder.resolve("out"), SILENT))
        .withMessage("row 40000 of trips.parquet is damaged");
    assertNothingLeft("s.parquet");
  }

  @Test
  void shouldRemoveWhatAKilledProcessLeft() throws Exception {
    Path left = Files.createDirectories(folder.resolve(".out.partial/data"));
    Files.writeString(left.resolve("part-00000.parquet"), "half");
    Path spine = TestParquet.write(folder.resolve("s.parquet"), "select 'a' car, now() \"at\"");
    make("car_v1", spine);
    assertNothingLeft("out", "s.parquet");
    assertThat(folder.resolve("out")).isDirectoryContaining("glob:**/part-00000.parquet");
  }

  private void make(String service, Path spine) throws InterruptedException {
    make(service, spine, folder.resolve("out"));
  }

  private static void make(String service, Path spine, Path out) throws InterruptedException {
    SpineSet.of(TRIPS, service, spine, SpineOptions.defaults())
        .write(List.<Event>of().iterator(), out, SILENT);
  }

  private void assertNothingLeft(String... but) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()).sorted()).containsExactly(but);
    }
  }
}
