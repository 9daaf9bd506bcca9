package io.millrace.jobs;

import java.util.List;

/** The page {@code docs/configuration.md}: the options of every job. */
final class ConfigurationPage {
  private ConfigurationPage() {}

  static String text() {
    StringBuilder page =
        new StringBuilder(
            """
            # Configuration

            Generated from `FeatureJobOptions`, `MonitorJobOptions` and `TrainingSetJobOptions`; a test fails when it is stale.

            Given as `--key value`. `--set.NAME VALUE` gives the variable `${NAME}` of the definition files a value.
            """);
    append(page, "Feature job", FeatureJobOptions.ALL);
    append(page, "Monitor job", MonitorJobOptions.ALL);
    append(page, "Training set job", TrainingSetJobOptions.ALL);
    return page.toString();
  }

  private static void append(StringBuilder page, String title, List<JobOption> options) {
    page.append("\n## ")
        .append(title)
        .append("\n\n| key | type | default | meaning |\n|---|---|---|---|\n");
    for (JobOption option : options) {
      page.append("| `")
          .append(option.key())
          .append("` | ")
          .append(option.type())
          .append(" | ")
          .append(option.required() ? "(required)" : "`" + option.otherwise() + "`")
          .append(" | ")
          .append(option.sentence())
          .append(" |\n");
    }
  }
}
