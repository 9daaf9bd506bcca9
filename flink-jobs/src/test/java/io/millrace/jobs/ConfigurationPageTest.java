package io.millrace.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
  private static final Path PAGE = Path.of("..", "docs", "configuration.md");

  @Test
  void thePageInDocsIsWhatTheOptionsSay() throws Exception {
    if (Boolean.getBoolean("millrace.write-docs")) {
      Files.writeString(PAGE, ConfigurationPage.text());
    }
    assertThat(Files.readString(PAGE))
        .as("docs/configuration.md; write it anew with -Dmillrace.write-docs=true")
        .isEqualTo(ConfigurationPage.text());
  }

  @Test
  void shouldNameEveryArgumentThatIsMissingOrUnknown() {
    assertThatThrownBy(() -> FeatureJobConfig.of("--service", "s", "--onlin.path", "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--definitions is missing: The definition files.")
        .hasMessageContaining("--online.path is missing")
        .hasMessageContaining("--onlin.path is unknown");
  }

  @Test
  void shouldSayWhatADurationLooksLike() {
    assertThatThrownBy(
            () ->
                FeatureJobConfig.of(
                    "--definitions",
                    "d",
                    "--service",
                    "s",
                    "--kafka.bootstrap-servers",
                    "b",
                    "--registry.url",
                    "r",
                    "--online.path",
                    "o",
                    "--offline.path",
                    "p",
                    "--models.path",
                    "m",
                    "--checkpoints.path",
                    "c",
                    "--checkpoints.interval",
                    "5 seconds"))
        .hasMessage(
            "--checkpoints.interval is a duration such as PT5S or P7D, but it is 5 seconds");
  }

  @Test
  void shouldNotRecordAgainWhatIsRecordedBecauseItBeginsWithHistory() {
    Path past = Path.of("past").toAbsolutePath();
    assertThatThrownBy(() -> FeatureJobConfig.of(withHistory()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--start.history "
                + past
                + " needs --views: a job that records events would record the late"
                + " events and dead letters after the last recorded event of each partition twice;"
                + " name the views to compute, as \"millrace backfill\" does, or leave"
                + " --start.history out");
    assertThat(FeatureJobConfig.of(withHistory("--views", "card")).history()).contains(past);
  }

  private static String[] withHistory(String... more) {
    return Stream.concat(
            Stream.of(
                    "--definitions d --service s --kafka.bootstrap-servers b --registry.url r"
                        + " --online.path o --offline.path p --models.path m --checkpoints.path c"
                        + " --start.history past")
                .flatMap(text -> Stream.of(text.split(" "))),
            Stream.of(more))
        .toArray(String[]::new);
  }
}
