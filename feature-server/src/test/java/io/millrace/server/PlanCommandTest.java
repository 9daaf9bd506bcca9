package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        .isEqualTo("kept, but that of mean_delay begins empty");
    JsonNode changed = plan.at("/views/0/features/1");
    assertThat(changed.get("change").textValue()).isEqualTo("changed");
    assertThat(changed.at("/differences/0").textValue()).isEqualTo("window: 1d by 1h -> 3d by 1h");
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
