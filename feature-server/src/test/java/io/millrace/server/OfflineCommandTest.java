package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.ColumnRoles;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.erasure.AuditLog;
import io.millrace.offline.parquet.ParquetFiles;
import io.millrace.offline.parquet.ParquetRowWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OfflineCommandTest {
  private static final OfflineTable<Values> RIDES =
      OfflineTables.of(
          "rides",
          "events/rides",
          new RowSchema(
              "rides",
              List.of(
                  Field.required("at", ValueType.TIMESTAMP),
                  Field.required("who", ValueType.STRING),
                  Field.required("part", ValueType.INT64),
                  Field.required("off", ValueType.INT64))),
          ColumnRoles.of("at", "who").readFrom("part", "off"),
          row -> row.longAt(0),
          row -> row);

  @TempDir Path store;
  private StringWriter out;
  private StringWriter err;

  @Test
  void shouldKeepAStoreInShape() throws IOException {
    write("a", 0);
    write("b", 10);

    assertThat(run("snapshots")).isZero();
    assertThat(out.toString()).isEqualTo("events/rides: no snapshot yet\n");
    assertThat(run("adopt")).isZero();
    assertThat(out.toString()).isEqualTo("events/rides: 2 files adopted\n");
    assertThat(run("compact")).isZero();
    assertThat(out.toString())
        .startsWith("events/rides: 2 files of ")
        .contains(" bytes became 1 of ")
        .endsWith(", 20 rows; 0 small files left\n");
    assertThat(err.toString()).isEqualTo("events/rides dt=1970-01-01: 2 files to 1\n");
    assertThat(run("--json", "snapshots")).isZero();
    assertThat(out.toString().lines().toList())
        .hasSize(2)
        .last()
        .asString()
        .contains("\"snapshot\":2", "\"operation\":\"compact\"", "\"files\":1", "\"rows\":20")
        .contains("\"offsets\":{\"0\":{\"first\":0,\"last\":19,\"rows\":20}}");
    assertThat(run("verify")).isZero();
    assertThat(out.toString())
        .startsWith("events/rides snapshot 2: 1 files, ")
        .endsWith("20 rows; of 1 partitions 0 offsets twice, 0 not here: right\n");
    assertThat(run("expire", "--keep", "1", "--grace", "PT0S")).isZero();
    assertThat(out.toString())
        .startsWith("events/rides: 2 snapshots expired, the oldest is 3; 2 files deleted (")
        .endsWith(" bytes), 0 wait for their grace\n");
    assertThat(run("--table", "events/rides", "verify", "--snapshot", "1")).isEqualTo(1);
    assertThat(err.toString()).contains("has no snapshot 1, it has expired; there are 3 to 3");
  }

  @Test
  void shouldEndWithOneAndNameTheFileThatIsDamaged() throws IOException {
    write("a", 0);
    run("adopt");
    Path file = ParquetFiles.at(store).get(0);
    Files.write(file, new byte[9]);

    assertThat(run("verify")).isEqualTo(1);

    assertThat(out.toString())
        .contains("1 problems", file + " has 9 bytes, but was committed with ", "from a copy");
  }

  @Test
  void shouldCopyASnapshotIntoAFolderThatIsReadAsAStore(@TempDir Path copy) throws IOException {
    write("a", 0);
    write("b", 10);
    run("adopt");
    write("c", 20);
    run("adopt");

    assertThat(run("--table", "events/rides", "fetch", "--snapshot", "1", "--out", copy + "/s"))
        .isZero();

    assertThat(out.toString())
        .startsWith("events/rides snapshot 1: 2 files, 20 rows; 2 files copied (");
    assertThat(new AuditLog(new OfflineStore(store), InstantSource.system()).read())
        .as("an erasure names the copy")
        .singleElement()
        .satisfies(
            entry ->
                assertThat(entry.details().path("exported-to").asText())
                    .isEqualTo(copy.resolve("s").toAbsolutePath().normalize().toString()));
    store = copy.resolve("s");
    assertThat(run("snapshots")).isZero();
    assertThat(out.toString()).startsWith("events/rides 1 ").contains("now 2 files, 20 rows, ");
    assertThat(run("verify")).isZero();
    assertThat(ParquetFiles.at(store)).hasSize(2);
  }

  @Test
  void shouldNameTheWayToReadAStoreThatIsNoFolder() {
    out = new StringWriter();
    err = new StringWriter();
    String[] sql = {"sql", "--store", "s3://lake/offline", "select 1"};

    assertThat(Millrace.run(new PrintWriter(out, true), new PrintWriter(err, true), sql))
        .isEqualTo(1);

    assertThat(err.toString())
        .isEqualTo(
            "millrace: the offline store at s3://lake/offline is no folder, and this reads folders"
                + " alone; \"millrace offline --store s3://lake/offline fetch --out DIR\" copies a"
                + " snapshot of it into one\n");
  }

  @Test
  void shouldSayHowItIsCalled() throws IOException {
    write("a", 0);

    assertThat(run("expire")).isEqualTo(2);
    assertThat(err.toString()).contains("say what stays: --keep N, --older-than PERIOD, or both");
    assertThat(run("compact", "--to", "1000")).isEqualTo(2);
    assertThat(err.toString()).contains("give 1 <= --below <= --to <= 512, not 64 and 1000");
    assertThat(run("verify", "--snapshot", "1")).isEqualTo(2);
    assertThat(err.toString()).contains("a snapshot is one of a table: name it with --table");
    assertThat(run("--table", "events/none", "verify")).isEqualTo(1);
    assertThat(err.toString()).contains("there is no table events/none", "[events/rides]");
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("Name a command: ", "adopt", "compact", "expire", "verify");
  }

  private void write(String name, int from) throws IOException {
    Path file = store.resolve("events/rides/dt=1970-01-01").resolve(name + ".parquet");
    try (ParquetRowWriter<Values> writer = ParquetRowWriter.open(RIDES, file)) {
      for (long i = from; i < from + 10; i++) {
        writer.write(Values.of(i, "who-" + i % 3, 0L, i));
      }
    }
  }

  private int run(String... arguments) {
    out = new StringWriter();
    err = new StringWriter();
    String[] all = new String[arguments.length + 3];
    all[0] = "offline";
    all[1] = "--store";
    all[2] = store.toString();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return Millrace.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
  }
}
