package io.millrace.offline.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.TestParquet;
import io.millrace.offline.maintenance.Adoption;
import io.millrace.offline.snapshot.LocalStoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OfflineQueriesTest {
  @TempDir Path temp;
  private Path root;
  private OfflineQueries queries;

  @BeforeEach
  void writeAStore() throws IOException {
    root = temp.resolve("it's a store");
    table("events/arrived/dt=2008-03-09", "select 'SFO' dest, 7 arr_delay_min");
    table("events/arrived/dt=2008-03-10", "select 'JFK' dest, null::int arr_delay_min, 1 later");
    table("late/arrived/dt=2008-03-09", "select 'OAK' dest");
    table("features/tail/v1/dt=2008-03-09", "select 'N1' tail_num, 1.5::double mean_delay_12h");
    table("predictions/delay/dt=2008-03-09", "select 'a' id, {'x': 1} vector");
    table("predictions/other-model/dt=2008-03-09", "select 'b' id, {'y': 1} vector");
    table("dead-letters/dt=2008-03-09", "select 'malformed' reason");
    Files.createDirectories(root.resolve("events/empty/dt=2008-03-09"));
    Files.writeString(root.resolve("events/arrived/dt=2008-03-09/.part-1.inprogress"), "junk");
    Files.writeString(root.resolve("events/arrived/dt=2008-03-09/_SUCCESS"), "");
    Files.writeString(temp.resolve("secret.csv"), "password\nhunter2\n");
    queries = OfflineQueries.open(new OfflineStore(root), 256);
  }

  @AfterEach
  void close() {
    queries.close();
  }

  @Test
  void shouldNameAViewAfterEachTable() {
    assertThat(queries.tables())
        .containsExactly(
            "arrived",
            "dead_letters",
            "late_arrived",
            "predictions",
            "predictions_delay",
            "predictions_other_model",
            "tail_v1");
    for (String table : queries.tables()) {
      assertThat(queries.query("select count(*) from " + table, 1).rows().get(0))
          .as(table)
          .isEqualTo(List.of(table.equals("arrived") || table.equals("predictions") ? 2L : 1L));
    }
  }

  @Test
  void shouldAnswerOverAllDaysWithTheDayAsAColumn() {
    assertThat(
            queries.query(
                "select dest, arr_delay_min, later, dt from arrived order by dest desc", 10))
        .isEqualTo(
            new QueryResult(
                List.of("dest", "arr_delay_min", "later", "dt"),
                List.of(
                    Arrays.asList("SFO", 7L, null, "2008-03-09"),
                    Arrays.asList("JFK", null, 1L, "2008-03-10")),
                false));
    assertThat(queries.query("from arrived", 1).cut()).isTrue();
  }

  @Test
  void shouldGiveValuesOfFewTypes() {
    assertThat(
            queries
                .query(
                    "select 1::tinyint, 2::bigint, 0.5::float, true, 'x', null,"
                        + " timestamptz '2008-03-09 12:00:00+00', timestamp '2008-03-09 12:00:00',"
                        + " date '2008-03-09', 1.50::decimal(9, 2)",
                    1)
                .rows()
                .get(0))
        .containsExactly(
            1L,
            2L,
            0.5,
            true,
            "x",
            null,
            "2008-03-09T12:00:00Z",
            "2008-03-09T12:00:00Z",
            "2008-03-09",
            "1.50");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1",
        "  -- a remark\n with x as (select 1) select * from x;",
        "from arrived",
        "values (1), (2)",
        "describe arrived",
        "describe select 1 as one",
        "summarize tail_v1",
        "show tables",
        "select 1 union all select 2"
      })
  void shouldAnswerEveryKindOfQuery(String sql) {
    assertThat(queries.query(sql, 100).rows()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "copy arrived to '%ROOT%/evil.csv'",
        "copy (select 1) to '%TEMP%/evil.csv'",
        "/* select */ copy arrived to '%ROOT%/evil.parquet' (format parquet)",
        "explain analyze copy arrived to '%ROOT%/evil.csv'",
        "export database '%ROOT%/evil'",
        "attach '%ROOT%/evil.db' as evil",
        "attach ':memory:' as m",
        "install httpfs",
        "load httpfs",
        "load '%TEMP%/evil.duckdb_extension'",
        "force install httpfs from 'http://127.0.0.1:1'",
        "import database '%TEMP%'",
        "copy from database memory to evil",
        "set memory_limit = '1TB'",
        "set allowed_directories = ['/']",
        "pragma database_list",
        "vacuum",
        "create macro evil() as 1",
        "create secret (type s3)",
        "set enable_external_access = true",
        "reset lock_configuration",
        "pragma enable_external_access",
        "create table evil as select 1",
        "with x as (select 1) insert into evil select * from x",
        "drop view arrived",
        "call pragma_version()",
        "checkpoint",
        "use memory",
        "prepare p as select 1",
        "begin"
      })
  void shouldRefuseWhatIsNoQuery(String sql) {
    assertRefused(sql, "only queries are answered");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select * from read_csv('%TEMP%/secret.csv')",
        "select * from read_csv('%ROOT%/../secret.csv')",
        "select * from read_csv('%ROOT%/events/../../secret.csv')",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/proc/self/environ')",
        "select * from glob('/etc/*')",
        "select * from glob('%TEMP%/*')",
        "from read_parquet('%TEMP%/*.parquet')",
        "select (select count(*) from read_csv('%TEMP%/secret.csv'))",
        "describe select * from read_csv('%TEMP%/secret.csv')",
        "summarize select * from read_csv('%TEMP%/secret.csv')",
        "select * from query('select * from read_csv(''%TEMP%/secret.csv'')')",
        "select * from read_csv('http://127.0.0.1:1/x.csv')",
        "select * from read_csv('file://%TEMP%/secret.csv')",
        "select * from duckdb_secrets()",
        "select * from '%TEMP%/secret.csv'",
        "select * from sniff_csv('%TEMP%/secret.csv')",
        "select * from parquet_metadata('/etc/passwd')",
        "select * from read_json('%TEMP%/secret.csv')",
        "select * from read_parquet('%ROOT%/../*.parquet')",
        "select * from read_csv('s3://bucket/x.csv')",
        "select getenv('HOME')"
      })
  void shouldSeeNoFileOutsideTheStore(String sql) {
    assertRefused(sql, "");
  }

  @Test
  void shouldNotTakeTheFirstOfTwoStatements() {
    assertRefused("select 1; select 2", "one query at a time is answered, but these are 2");
    assertRefused("select 1; copy arrived to '%ROOT%/evil.csv'", "only queries are answered");
    assertRefused("", "one query at a time is answered, but these are 0");
  }

  @Test
  void shouldNotReadALinkThatLeadsOut() throws IOException {
    Files.createSymbolicLink(root.resolve("up"), temp);
    List<String> read = new ArrayList<>();
    try {
      queries
          .query("select * from read_csv('" + sql(root) + "/up/../../secret.csv')", 10)
          .rows()
          .forEach(row -> read.add(row.toString()));
    } catch (OfflineException e) {
      assertThat(e).hasMessageContaining("the query failed");
    }
    assertThat(read).isEmpty();
  }

  @Test
  void shouldSayWhatIsWrongWithAQuery() {
    assertRefused("selec 1", "the query cannot be read: syntax error at or near \"selec\"");
    assertRefused(
        "select * from arrivals",
        "the query failed: Catalog Error: Table with name arrivals does not exist!; there are the"
            + " tables [arrived, dead_letters, late_arrived, ");
    assertRefused("select nothing from arrived", "\"nothing\" not found in FROM clause");
    assertRefused(
        "select list(a || b) from range(3000000) x(a), range(100) y(b) order by 1",
        "; ask for less, or allow more memory");
    assertThat(queries.query("select 1", 1).rows()).as("and goes on").containsExactly(List.of(1L));
  }

  @Test
  void shouldNameTheFileThatIsMissingThoughItWasTheOnlyOneOfItsTable() throws IOException {
    Path table = root.resolve("events/arrived");
    Adoption.run(new LocalStoreFiles(table), InstantSource.system());
    for (String day : List.of("dt=2008-03-09", "dt=2008-03-10")) {
      Files.delete(table.resolve(day).resolve("part-0"));
    }
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> OfflineQueries.open(new OfflineStore(root), 256))
        .withMessageContaining("dt=2008-03-09/part-0 is missing, but snapshot 1")
        .withMessageContaining("put it back from a copy");
  }

  @Test
  void shouldSayHowToMendAStoreWithAFileThatIsCutShort() throws IOException {
    Path file = root.resolve("events/arrived/dt=2008-03-09/part-0");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> OfflineQueries.open(new OfflineStore(root), 256))
        .withMessageContaining("part-0")
        .withMessageContaining("put the file back from a copy, \"millrace offline verify\" names");
  }

  @Test
  void shouldPrintATable() throws IOException {
    assertThat(print("select dest, arr_delay_min from arrived order by dest", OutputFormat.TABLE))
        .isEqualTo(
            """
            dest  arr_delay_min
            ----  -------------
            JFK
            SFO               7
            """);
  }

  @Test
  void shouldPrintCsvAndJson() throws IOException {
    String sql =
        "select 'a,\"b\"\n' t, '' e, null n, 1.5::double x, true b, 'nan'::double nan, 7 as i";
    assertThat(print(sql, OutputFormat.CSV))
        .isEqualTo("t,e,n,x,b,nan,i\r\n\"a,\"\"b\"\"\n\",\"\",,1.5,true,NaN,7\r\n");
    assertThat(print(sql, OutputFormat.JSON))
        .isEqualTo(
            "{\"t\": \"a,\\\"b\\\"\\u000a\", \"e\": \"\", \"n\": null, \"x\": 1.5, \"b\": true,"
                + " \"nan\": \"NaN\", \"i\": 7}\n");
  }

  @Test
  void shouldPrintListsAndMaps() throws IOException {
    String sql =
        "select [1, null] l, ['a\"', 'b'] t, map {'k': 0.5::double, 'a': 'nan'::double} m,"
            + " []::double[] e, null::int[] n";
    assertThat(print(sql, OutputFormat.JSON))
        .isEqualTo(
            "{\"l\": [1, null], \"t\": [\"a\\\"\", \"b\"], \"m\": {\"a\": \"NaN\", \"k\": 0.5},"
                + " \"e\": [], \"n\": null}\n");
    assertThat(print(sql, OutputFormat.CSV))
        .isEqualTo("l,t,m,e,n\r\n\"[1, null]\",\"[a\"\", b]\",\"{a=NaN, k=0.5}\",[],\r\n");
  }

  @Test
  void shouldTellThatThereIsNoStore() {
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(() -> OfflineQueries.open(new OfflineStore(temp.resolve("none")), 256))
        .withMessageContaining("there is no offline store at " + temp.resolve("none"));
  }

  private String print(String sql, OutputFormat format) throws IOException {
    StringBuilder out = new StringBuilder();
    queries.print(sql, format, out);
    return out.toString();
  }

  /** Refused, and no file has come, gone or changed. */
  private void assertRefused(String sql, String message) {
    TreeMap<String, Long> before = files();
    assertThatExceptionOfType(OfflineException.class)
        .isThrownBy(
            () -> queries.query(sql.replace("%ROOT%", sql(root)).replace("%TEMP%", sql(temp)), 10))
        .withMessageContaining(message);
    assertThat(files()).isEqualTo(before);
  }

  private TreeMap<String, Long> files() {
    TreeMap<String, Long> sizes = new TreeMap<>();
    try (var all = Files.walk(temp)) {
      all.filter(Files::isRegularFile).forEach(f -> sizes.put(f.toString(), f.toFile().length()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return sizes;
  }

  private void table(String folder, String query) throws IOException {
    Path file = Files.createDirectories(root.resolve(folder)).resolve("part-0");
    TestParquet.write(Path.of(sql(file)), query);
  }

  private static String sql(Path path) {
    return path.toString().replace("'", "''");
  }
}
