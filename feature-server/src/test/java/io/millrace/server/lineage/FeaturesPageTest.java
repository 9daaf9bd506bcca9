package io.millrace.server.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Field;
import io.millrace.feature.ValueType;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.plan.ModelInUse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FeaturesPageTest {
  private static final Path FLIGHTS = Path.of("..", "feature-definitions", "flights");
  private static final Path PAGE = Path.of("..", "docs", "features.md");

  @Test
  void thePageInDocsIsWhatTheFlightsDefine() throws Exception {
    Definitions flights = DefinitionFiles.load(FLIGHTS, Map.of());
    String page = FeaturesPage.of(flights, List.of(), "millrace features");
    if (Boolean.getBoolean("millrace.write-docs")) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE))
        .as(
            "docs/features.md; write it anew with millrace features feature-definitions/flights"
                + " --out docs/features.md")
        .isEqualTo(page);
  }

  @Test
  void shouldLeadFromTheTopicToTheModel() throws Exception {
    ModelInUse delay =
        new ModelInUse(
            "delay",
            3,
            "champion",
            "delay_v1",
            List.of(Field.nullable("dest__cancelled_3h", ValueType.INT64)));
    String page = FeaturesPage.of(DefinitionFiles.load(FLIGHTS, Map.of()), List.of(delay), "test");
    assertThat(page)
        .contains("Of `dest`, from `arrived` (topic `arrived`).")
        .contains(
            "| `cancelled_3h` | INT64 | `cancelled` | `count *` where `cancelled` | 3h by 15m; tail"
                + " floored to 15m: holds up to 15m more than 3h | delay_v1 as dest__cancelled_3h |"
                + " delay 3 (champion) |")
        .contains(
            "| `tail_here__last_delay` | `tail_here.last_delay`, `dest` is the request's `origin` |");
  }
}
