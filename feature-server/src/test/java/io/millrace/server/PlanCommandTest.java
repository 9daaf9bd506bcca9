package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.inference.Evaluation;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.model.GoldenRows;
import io.millrace.inference.model.Lineage;
import io.millrace.inference.model.ModelBundle;
import io.millrace.inference.model.ModelMetrics;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.onnx.TreeEnsemble;
import io.millrace.inference.onnx.TreeEnsembleOnnx;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.erasure.AuditLog;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code plan} and {@code apply}, as a user meets them. */
class PlanCommandTest {
  private static final Path SFO =
      Path.of("..", "feature-definitions", "flights", "data", "flights_sfo2020.parquet")
          .toAbsolutePath();
  private static final String SOUND =
      """
      kind: EventSource
      name: departed
      topic: departed
      schema: departed.avsc
      event-time: {field: departed_at}
      history:
        path: "%s"
        where: "dep_delay_min != null"
        columns: {departed_at: "sched_dep_utc + minutes(dep_delay_min)"}
        disorder: 3d
      ---
      kind: FeatureView
      name: carrier
      version: 1
      entity: {keys: [carrier]}
      source: departed
      features:
        departures: {count: "*", window: 7d, resolution: 6h}
        mean_delay: {avg: dep_delay_min, window: 1d, resolution: 1h}
        max_delay:  {max: dep_delay_min}
      ---
      kind: FeatureService
      name: delay_v1
      request: departed
      features: [carrier.departures, carrier.mean_delay]
      """
          .formatted(SFO);

  @TempDir Path folder;
  private String printed;

  @BeforeEach
  void writeSchema() throws IOException {
    Files.createDirectories(definitions());
    Files.writeString(
        definitions().resolve("departed.avsc"),
        """
        {"type": "record", "name": "departed", "fields": [
          {"name": "carrier", "type": "string"},
          {"name": "origin", "type": "string"},
          {"name": "dep_delay_min", "type": "int"},
          {"name": "departed_at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
  }

  @Test
  void shouldApplyOnceAndThenFindNothingToDo() throws IOException {
    write(SOUND);
    assertThat(run("plan")).isZero();
    assertThat(printed)
        .contains("nothing is applied yet")
        .contains(
            "+ departures: count *, 7d by 6h; tail floored to 6h: holds up to 6h more than 7d")
        .contains("needs a backfill: without it, what came before is missing");
    assertThat(run("apply")).isZero();
    assertThat(printed.strip()).isEqualTo(definitions() + " is applied as number 1");
    List<Path> written = files();
    assertThat(run("apply")).isZero();
    assertThat(printed.strip()).isEqualTo(definitions() + " was applied already as number 1");
    assertThat(files()).isEqualTo(written);
    assertThat(run("plan")).isZero();
    assertThat(printed).contains("nothing changes").contains("= view carrier_v1");
  }

  @Test
  void shouldShowHowValuesDifferAndRefuseAChangedMeaningAtItsPlace() throws IOException {
    applied(SOUND);
    write(SOUND.replace("window: 1d, resolution: 1h", "window: 3d, resolution: 1h"));
    assertThat(run("plan", "--sample", "2000", "--json")).isEqualTo(1);
    JsonNode plan = new ObjectMapper().readTree(printed);
    assertThat(plan.get("breaking").booleanValue()).isTrue();
    assertThat(plan.at("/views/0/state").textValue())
        .isEqualTo(
            "kept, but that of mean_delay is kept in part; every key's row is written anew when a"
                + " job goes on from a savepoint");
    JsonNode changed = plan.at("/views/0/features/1");
    assertThat(changed.get("change").textValue()).isEqualTo("changed");
    assertThat(changed.at("/differences/0").textValue()).isEqualTo("window: 1d by 1h -> 3d by 1h");
    assertThat(changed.get("backfill").textValue())
        .isEqualTo("the last 1d1h are kept: needs a backfill, or is right after 2d more of events");
    assertThat(changed.at("/services/0").textValue()).isEqualTo("delay_v1 as carrier__mean_delay");
    JsonNode sample = plan.at("/views/0/sample/features/0");
    assertThat(sample.get("name").textValue()).isEqualTo("mean_delay");
    assertThat(sample.get("differing").longValue())
        .isPositive()
        .isLessThan(sample.get("compared").longValue());
    assertThat(sample.at("/examples/0/before")).isNotEqualTo(sample.at("/examples/0/after"));

    assertThat(run("apply")).isEqualTo(1);
    assertThat(printed)
        .startsWith(
            "definitions.yaml:19:3: carrier.mean_delay of version 1 is applied, and would mean"
                + " something else (window: 1d by 1h -> 3d by 1h); add it under another name, or"
                + " give carrier version: 2");
    write(
        SOUND
            .replace("window: 1d, resolution: 1h", "window: 3d, resolution: 1h")
            .replace("version: 1", "version: 2"));
    assertThat(run("apply")).as(printed).isZero();
  }

  @Test
  void shouldLetFeaturesComeAndThoseGoThatNobodyReads() throws IOException {
    applied(SOUND);
    write(SOUND.replace("max_delay:  {max: dep_delay_min}", "min_delay:  {min: dep_delay_min}"));
    assertThat(run("plan")).isZero();
    assertThat(printed).contains("+ min_delay").contains("- max_delay").contains("nothing breaks");
    assertThat(run("apply")).isZero();
    assertThat(printed).contains("is applied as number 2");
  }

  @Test
  void shouldSwitchToWhatWasAppliedBeforeAndBack() throws IOException {
    applied(SOUND);
    applied(SOUND.replace("version: 1", "version: 2"));
    assertThat(run("plan")).as("what is applied is version 2").isZero();
    assertThat(printed).contains("= view carrier_v2");

    assertThat(switchTo("1")).isZero();
    assertThat(printed.lines())
        .containsExactly(
            "number 1 holds, no longer 2: carrier_v1",
            "delay_v1 reads carrier_v1, no longer carrier_v2: \"millrace serve --applied\" follows;"
                + " a job that scores in the stream goes on with carrier_v2 until it is started"
                + " with these definitions, and then has of carrier_v1 only what comes from there"
                + " on");
    assertThat(run("plan")).isZero();
    assertThat(printed).contains("version: 1 -> 2");

    assertThat(switchTo("2")).isZero();
    assertThat(printed).startsWith("number 2 holds, no longer 1: carrier_v2");
    assertThat(switchTo("2")).isZero();
    assertThat(printed.strip()).as("nothing moves").isEqualTo("number 2 holds: carrier_v2");
    assertThat(switchTo("3")).isEqualTo(1);
    assertThat(printed)
        .contains("no definitions were applied as number 3")
        .contains("there are [1, 2]");
    assertThat(run("plan")).isZero();
    assertThat(printed).contains("= view carrier_v2");
    assertThat(
            new AuditLog(new OfflineStore(folder.resolve("store")), InstantSource.system())
                .read().stream().map(entry -> entry.what() + " " + entry.details()))
        .as("what was asked of the store and done")
        .containsExactly(
            "apply {\"definitions\":\"" + definitions() + "\"}",
            "apply {\"definitions\":\"" + definitions() + "\"}",
            "switch {\"from\":2,\"to\":1}",
            "switch {\"from\":1,\"to\":2}",
            "switch {\"from\":2,\"to\":2}");
  }

  private int switchTo(String number, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of("switch", "--store", folder.resolve("store").toString(), "--to", number));
    arguments.addAll(List.of(options));
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out, true);
    int status = Millrace.run(writer, writer, arguments.toArray(String[]::new));
    printed = out.toString();
    return status;
  }

  @Test
  void shouldRefuseWhatAServiceLosesAndOtherKeysAndALowerVersion() throws IOException {
    applied(SOUND.replace("version: 1", "version: 3"));
    write(
        SOUND
            .replace("[carrier.departures, carrier.mean_delay]", "[carrier.departures]")
            .replace("version: 1", "version: 2"));
    assertThat(run("apply")).isEqualTo(1);
    assertThat(printed.lines())
        .anyMatch(
            line ->
                line.equals(
                    "definitions.yaml:14:1: version 3 of carrier is applied, and versions go up;"
                        + " give it version 4"))
        .anyMatch(
            line ->
                line.startsWith("definitions.yaml:25:1: delay_v1 is applied")
                    && line.contains("carrier__mean_delay: FLOAT64 -> none")
                    && line.endsWith("name the service anew, such as delay_v2"));
    write(
        SOUND
            .replace("version: 1", "version: 3")
            .replace("keys: [carrier]", "keys: [carrier, dep_delay_min]"));
    assertThat(run("apply")).isEqualTo(1);
    assertThat(printed).contains("entity: [carrier] -> [carrier, dep_delay_min]");
  }

  @Test
  void shouldTellOfShorterWindowsAndOfFeaturesThatAreComputedFromWhatIsKept() throws IOException {
    applied(SOUND);
    write(
        SOUND
            .replace("window: 7d, resolution: 6h", "window: 5d, resolution: 6h")
            .replace(
                "max_delay:  {max: dep_delay_min}",
                "sum_delay:  {sum: dep_delay_min, window: 1d, resolution: 1h}\n"
                    + "  last_3: {last_k: dep_delay_min, k: 3}\n"
                    + "  share: {ratio: sum_delay, over: departures}"));
    assertThat(run("plan", "--json")).isEqualTo(1);
    JsonNode plan = new ObjectMapper().readTree(printed);
    assertThat(plan.at("/views/0/state").textValue())
        .startsWith("kept, but that of last_3 begins empty; every key's row is written anew");
    JsonNode features = plan.at("/views/0/features");
    assertThat(features.get(0).get("name").textValue()).isEqualTo("departures");
    assertThat(features.get(0).get("backfill").textValue()).isEqualTo("needs no backfill");
    // What mean_delay keeps of each tile is a sum.
    assertThat(features.get(2).get("name").textValue()).isEqualTo("sum_delay");
    assertThat(features.get(2).get("backfill").textValue()).isEqualTo("needs no backfill");
    assertThat(features.get(3).get("backfill").textValue())
        .isEqualTo("needs a backfill: without it, what came before is missing");
    assertThat(features.get(4).get("backfill").textValue()).isEqualTo("needs no backfill");
  }

  @Test
  void shouldNameTheModelsThatAChangeReaches() throws IOException {
    applied(SOUND);
    ModelRepository models = new ModelRepository(folder.resolve("models"));
    saveModel(models);
    saveModel(models);
    models.promote("delay", 1);
    String[] withModels = {"--models", models.root().toString()};
    write(
        SOUND
            .replace("version: 1", "version: 2")
            .replace("window: 1d, resolution: 1h", "window: 3d, resolution: 1h"));
    assertThat(run("plan", withModels)).as(printed).isZero();
    List<String> lines = printed.lines().map(String::strip).toList();
    int changed = lines.indexOf("window: 1d by 1h -> 3d by 1h");
    assertThat(lines.subList(changed + 1, changed + 4))
        .containsExactly(
            "needs a backfill, or is right after 3d1h of events",
            "read by delay_v1 as carrier__mean_delay",
            "models: delay 1 (champion)");
    assertThat(lines).filteredOn(line -> line.startsWith("models: ")).hasSize(2);
    assertThat(run("apply", withModels)).as(printed).isZero();
    assertThat(printed)
        .contains("delay_v1 reads carrier_v2, no longer carrier_v1: ")
        .contains("; in use, and trained on the values of before: delay 1 (champion)");
    assertThat(switchTo("1", withModels)).isZero();
    assertThat(printed).contains("trained on the values of before: delay 1 (champion)");
    assertThat(switchTo("1", "--models", "nowhere")).isEqualTo(2);
    assertThat(printed).contains("--models nowhere is not a folder");

    // Read by position, so another value in front is another vector.
    write(
        SOUND.replace(
            "[carrier.departures, carrier.mean_delay]",
            "[carrier.max_delay, carrier.departures, carrier.mean_delay]"));
    assertThat(run("plan")).as("no model is known of: " + printed).isZero();
    assertThat(run("plan", withModels)).isEqualTo(1);
    assertThat(printed).contains("definitions.yaml:25:1: ").contains("delay 1 (champion)");
  }

  private static final String CHAINED =
      SOUND
          .replace(
              "---\nkind: FeatureService",
              """
              ---
              kind: FeatureView
              name: origin
              entity: {keys: [origin]}
              source: departed
              join: {its: {view: carrier}}
              features:
                excess: {avg: "dep_delay_min - its__mean_delay", window: 1d, resolution: 1h}
                flights: {count: "*", window: 1d, resolution: 1h}
                share: {ratio: excess, over: flights}
              ---
              kind: FeatureView
              name: worst
              entity: {keys: [carrier]}
              source: {view: carrier}
              features:
                worst_mean: {max: mean_delay, window: 7d, resolution: 6h}
              ---
              kind: FeatureService""")
          .replace(
              "[carrier.departures, carrier.mean_delay]",
              "[carrier.departures, carrier.mean_delay, origin.share, worst.worst_mean]");

  @Test
  void shouldCarryAChangeToTheViewsThatBuildOnIt() throws IOException {
    applied(CHAINED);
    assertThat(run("plan")).isZero();
    assertThat(printed).contains("nothing changes").contains("= view origin_v1 of [origin]");

    String other =
        CHAINED.replace("{avg: dep_delay_min, window: 1d", "{avg: dep_delay_min, window: 3d");
    write(other);
    assertThat(run("plan", "--sample", "3000", "--json")).isEqualTo(1);
    JsonNode plan = new ObjectMapper().readTree(printed);
    JsonNode origin = plan.at("/views/1");
    assertThat(origin.at("/features/0/differences/0").textValue())
        .isEqualTo("through carrier.mean_delay: it has changed");
    assertThat(origin.at("/features/0/backfill").textValue())
        .isEqualTo("needs a backfill, or is right after 1d1h of events");
    assertThat(origin.get("state").textValue())
        .startsWith("kept, but that of excess is of the values of before; every key's row");
    assertThat(origin.at("/features/1/change").textValue()).as("flights").isEqualTo("unchanged");
    assertThat(origin.at("/features/2/differences/0").textValue())
        .isEqualTo("through excess: it has changed");
    assertThat(origin.at("/sample/events").longValue()).isEqualTo(3000);
    assertThat(origin.at("/sample/features/0/name").textValue()).isEqualTo("excess");
    assertThat(origin.at("/sample/features/0/differing").longValue()).isPositive();
    JsonNode worst = plan.at("/views/2/sample/features/0");
    assertThat(worst.get("differing").longValue())
        .isPositive()
        .isLessThan(worst.get("compared").longValue());
    assertThat(plan.at("/views/0/features/1/services").toString())
        .as("who reads carrier.mean_delay")
        .isEqualTo(
            "[\"delay_v1 as carrier__mean_delay\",\"delay_v1 as origin__share through"
                + " origin.share\",\"delay_v1 as worst__worst_mean through worst.worst_mean\"]");

    // The new version of one asks for new versions of those that build on it.
    String second = other.replaceFirst("version: 1", "version: 2");
    write(second);
    assertThat(run("apply")).isEqualTo(1);
    assertThat(printed)
        .contains(
            "origin.excess of version 1 is applied, and would mean something else (through"
                + " carrier: version: 1 -> 2); give origin version: 2")
        .contains("worst.worst_mean of version 1 is applied")
        .contains("give worst version: 2");
    write(
        second
            .replace("name: origin\n", "name: origin\nversion: 2\n")
            .replace("name: worst\n", "name: worst\nversion: 2\n"));
    assertThat(run("apply")).as(printed).isZero();
  }

  @Test
  void shouldShowTheLineageOfViewsThatBuildOnOthers() throws IOException {
    write(CHAINED);
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out, true);
    assertThat(Millrace.run(writer, writer, "features", definitions().toString())).isZero();
    assertThat(out.toString())
        .contains(
            "Of `origin`, from `departed` (topic `departed`); `its__*` is `carrier`.",
            "| `excess` | FLOAT64 | `dep_delay_min`, `its__mean_delay` |",
            "delay_v1 as origin__share through origin.share",
            "Of `carrier`, from the rows of `carrier` (topic `departed`).",
            "| `worst_mean` | FLOAT64 | `mean_delay` | `max mean_delay` |");
  }

  /** A stump over the vector of {@code delay_v1}, which scores every row alike. */
  private static void saveModel(ModelRepository models) {
    RowSchema vector =
        new RowSchema(
            "delay_v1",
            List.of(
                Field.nullable("carrier__departures", ValueType.INT64),
                Field.nullable("carrier__mean_delay", ValueType.FLOAT64)));
    FeatureEncoder.Fitting fitting = FeatureEncoder.fitting(vector, 10);
    fitting.add(Values.of(1L, 1.0));
    TreeEnsemble.Tree leaf =
        new TreeEnsemble.Tree(
            new int[] {1, -1, -1},
            new int[] {2, -1, -1},
            new int[] {0, 0, 0},
            new float[] {0, 0, 0},
            new boolean[] {true, false, false});
    Evaluation evaluation = new Evaluation(10, 3, 0.5, 0.5);
    float[] scores = new float[GoldenRows.FEWEST];
    Arrays.fill(scores, 0.5f);
    models.save(
        new ModelBundle(
            "delay",
            1,
            Instant.parse("2026-01-01T00:00:00Z"),
            "",
            fitting.encoder(),
            new Lineage(
                "delay_v1",
                "abc",
                "by hand",
                7,
                Map.of(),
                10,
                3,
                1,
                9,
                8,
                40,
                30,
                123,
                "",
                Optional.empty()),
            new ModelMetrics(evaluation, evaluation, Optional.empty(), 1, 0)),
        TreeEnsembleOnnx.write(new TreeEnsemble(2, 0, List.of(leaf))),
        new GoldenRows(Collections.nCopies(GoldenRows.FEWEST, Values.of(1L, 1.0)), scores));
  }

  private void applied(String yaml) throws IOException {
    write(yaml);
    assertThat(run("apply")).as(printed).isZero();
  }

  private void write(String yaml) throws IOException {
    Files.writeString(definitions().resolve("definitions.yaml"), yaml);
  }

  private Path definitions() {
    return folder.resolve("definitions");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("store"))) {
      return files.sorted().toList();
    }
  }

  private int run(String command, String... options) {
    List<String> arguments = new ArrayList<>(List.of(command, definitions().toString()));
    arguments.addAll(List.of("--store", folder.resolve("store").toString()));
    arguments.addAll(List.of(options));
    StringWriter out = new StringWriter();
    int status =
        Millrace.run(new PrintWriter(out), new PrintWriter(out), arguments.toArray(String[]::new));
    printed = out.toString();
    return status;
  }
}
