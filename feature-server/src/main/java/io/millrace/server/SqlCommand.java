package io.millrace.server;

import io.millrace.offline.OfflineStore;
import io.millrace.offline.duckdb.OfflineQueries;
import io.millrace.offline.duckdb.OutputFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace sql}. */
@Command(
    name = "sql",
    description =
        "Ask the offline store: one query that reads, over tables named after definitions.",
    footer = {
      "",
      "Example:",
      "  millrace sql --store .millrace/demo-nyc/offline \"SELECT origin, avg(score) FROM predictions"
          + " GROUP BY origin\""
    })
final class SqlCommand implements Callable<Integer> {
  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The root of the offline store.")
  private Path store;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table, csv or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat format;

  @Option(names = "--csv", description = "The same as --format csv.")
  private boolean csv;

  @Option(names = "--json", description = "The same as --format json: one object a line.")
  private boolean json;

  @Option(
      names = "--parquet",
      paramLabel = "FILE",
      description = "Write the answer to a Parquet file, which must not exist yet.")
  private Optional<Path> parquet = Optional.empty();

  @Option(
      names = "--memory",
      paramLabel = "MB",
      defaultValue = "1024",
      description = "What the query may use. Default: ${DEFAULT-VALUE} MB.")
  private int memoryMb;

  @Option(
      names = "--snapshot",
      paramLabel = "TABLE=ID",
      description = "Read a table as of a snapshot (see millrace offline snapshots).")
  private Map<String, Long> snapshots = new TreeMap<>();

  @Parameters(paramLabel = "QUERY", description = "One SELECT, DESCRIBE, SUMMARIZE or SHOW.")
  private String query;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if ((csv ? 1 : 0) + (json ? 1 : 0) + parquet.map(file -> 1).orElse(0) > 1) {
      throw new ParameterException(
          spec.commandLine(), "give one of --csv, --json and --parquet, not several");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (OfflineQueries queries =
        OfflineQueries.openAt(new OfflineStore(store), memoryMb, snapshots)) {
      if (parquet.isPresent()) {
        Audit.noteExport(store, "sql", parquet.get(), spec.commandLine().getErr());
        long rows = queries.write(query, parquet.get());
        out.printf(Locale.ROOT, "%s: %,d rows%n", parquet.get(), rows);
      } else {
        queries.print(query, csv ? OutputFormat.CSV : json ? OutputFormat.JSON : format, out);
      }
    }
    out.flush();
    return 0;
  }
}
