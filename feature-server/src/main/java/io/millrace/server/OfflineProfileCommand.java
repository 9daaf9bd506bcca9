package io.millrace.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.duckdb.ColumnProfile;
import io.millrace.offline.duckdb.OfflineQueries;
import io.millrace.offline.duckdb.TableProfile;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace offline profile}. */
@Command(
    name = "profile",
    description =
        "A quick look at a view or table: of each column nulls, distinct values, quantiles, a"
            + " histogram.",
    footer = {
      "",
      "Distinct values and quarters are close, not exact. A histogram has 16 steps from about the",
      "1st to about the 99th percentile; what is outside counts in the outermost.",
      "",
      "Example:",
      "  millrace offline --store .millrace/demo-nyc/offline profile tail_arrived"
    })
final class OfflineProfileCommand implements Callable<Integer> {
  private static final String STORE = "--store";
  private static final int LONGEST = 24;

  @Option(names = STORE, paramLabel = "DIR", description = "The root of the offline store.")
  private Optional<Path> store = Optional.empty();

  @Option(
      names = "--memory",
      paramLabel = "MB",
      defaultValue = "1024",
      description = "What the queries may use. Default: ${DEFAULT-VALUE} MB.")
  private int memoryMb;

  @Option(names = "--json", description = "Write the profile as JSON.")
  private boolean json;

  @Parameters(
      paramLabel = "VIEW",
      description = "A feature view, its newest version, or a table as millrace sql names it.")
  private String view;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    TableProfile profile;
    try (OfflineQueries queries = OfflineQueries.open(new OfflineStore(root()), memoryMb)) {
      profile = TableProfile.of(queries, view);
    }
    if (json) {
      out.println(
          new ObjectMapper()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .writeValueAsString(profile));
    } else {
      print(profile, out);
    }
    return 0;
  }

  /** Given here or before the command's name. */
  private Path root() {
    if (store.isPresent()) {
      return store.get();
    }
    OptionSpec above = spec.parent() == null ? null : spec.parent().findOption(STORE);
    String given = above == null ? null : above.getValue();
    if (given == null) {
      throw new ParameterException(spec.commandLine(), "Missing required option: '--store=DIR'");
    }
    return Path.of(given);
  }

  private static void print(TableProfile profile, PrintWriter out) {
    out.printf(Locale.ROOT, "%s: %,d rows%n", profile.table(), profile.rows());
    int width = profile.columns().stream().mapToInt(c -> c.name().length()).max().orElse(0);
    for (ColumnProfile column : profile.columns()) {
      String line =
          String.format(
              Locale.ROOT,
              "  %-" + Math.max(1, width) + "s  %6s null  %9s distinct  %s",
              column.name(),
              share(column.nulls(), column.rows()),
              String.format(Locale.ROOT, "~%,d", column.distinct()),
              content(column));
      out.println(line.stripTrailing());
    }
  }

  private static String content(ColumnProfile column) {
    if (!column.quantiles().isEmpty()) {
      return column.quantiles().stream()
              .map(value -> column.isOfTimes() ? time(value) : number(value))
              .collect(Collectors.joining(" < "))
          + "  |"
          + column.sparkline()
          + "|";
    }
    return column.common().stream()
        .map(one -> shortened(one.value()) + " " + share(one.count(), column.rows()))
        .collect(Collectors.joining(", "));
  }

  private static String time(double ms) {
    return Instant.ofEpochMilli((long) ms).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String number(double value) {
    return new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }

  private static String shortened(String value) {
    String plain = value.replaceAll("\\p{Cntrl}", " ");
    return plain.length() <= LONGEST ? plain : plain.substring(0, LONGEST - 3) + "...";
  }

  private static String share(long part, long of) {
    return of == 0 ? "0 %" : String.format(Locale.ROOT, "%.1f %%", 100.0 * part / of);
  }
}
