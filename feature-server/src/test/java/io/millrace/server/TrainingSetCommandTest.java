package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.offline.parquet.ParquetRowReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingSetCommandTest {
  private static final String FLIGHTS = "../feature-definitions/flights";
  private static final String SPINE =
      """
      asked_at,sched_dep,utc_offset_min,carrier,flight_num,tail_num,origin,dest,distance_mi,sched_elapsed_min,upgraded
      2020-01-14T17:00:00Z,2020-01-14T18:00:00Z,-480,UA,1545,N17126,SFO,EWR,2565,316,yes
      2020-01-14T17:00:00Z,2020-01-14T18:00:00Z,-480,WN,822,,OAK,LAX,337,85,no
      """;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;

  @Test
  void shouldGiveTheRowsOfTheReadmeTheirFeatures() throws IOException {
    Path spine = Files.writeString(folder.resolve("spine.csv"), SPINE);
    Path set = folder.resolve("mine");

    assertThat(run(spine, "--time", "asked_at")).as("%s", err).isZero();

    assertThat(out.toString()).startsWith(set + ": 2 rows of 49 features, from ");
    try (ParquetRowReader rows = ParquetRowReader.open(set.resolve("part-00000.parquet"))) {
      rows.select(List.of("upgraded", "carrier", "carrier__arrivals_3h", "weather__temp_f"));
      List<String> read = new ArrayList<>();
      while (rows.next()) {
        read.add(rows.row().booleanAt(0) + " " + rows.row().textAt(1));
        assertThat(rows.row().longAt(2)).isPositive();
      }
      assertThat(read).containsExactly("true UA", "false WN");
    }
    assertThat(set.resolve("_training-set.json"))
        .content()
        .startsWith("{\"service\": \"delay_v1\", \"definitions\": \"")
        .contains("\"time\": \"asked_at\", \"rows\": 2, ");
  }

  @Test
  void shouldSayOnOneLineWhatIsWrongAndLeaveNothing() throws IOException {
    Path spine = Files.writeString(folder.resolve("spine.csv"), SPINE);

    assertThat(run(spine)).isEqualTo(1);
    assertThat(err.toString())
        .endsWith(
            "has no column requested_at for the times of its rows; name it with --time; it has"
                + " [asked_at, sched_dep, utc_offset_min, carrier, flight_num, tail_num, origin,"
                + " dest, distance_mi, sched_elapsed_min, upgraded]\n");
    assertThat(folder).isDirectoryNotContaining("glob:**/*mine*");
  }

  @Test
  void shouldNeedAStoreToTellWhatWasKnown() throws IOException {
    Path spine = Files.writeString(folder.resolve("spine.csv"), SPINE);

    assertThat(run(spine, "--as-known")).isEqualTo(2);
    assertThat(err.toString()).contains("--as-known needs --store, since only the offline store");
    assertThat(run(spine, "--snapshot", "arrived=3")).isEqualTo(2);
    assertThat(err.toString()).contains("--snapshot needs --store, whose snapshots are meant");
    assertThat(run(spine, "--store", folder.toString(), "--snapshot", "scheduled=3")).isEqualTo(2);
    assertThat(err.toString())
        .contains("--snapshot names scheduled, but the service reads [departed, arrived, weather]");
  }

  private int run(Path spine, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "training-set",
                "--definitions",
                FLIGHTS,
                "--set",
                "dataset=sfo2020",
                "--service",
                "delay_v1",
                "--spine",
                spine.toString(),
                "--out",
                folder.resolve("mine").toString()));
    arguments.addAll(List.of(options));
    return Millrace.run(
        new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
  }
}
