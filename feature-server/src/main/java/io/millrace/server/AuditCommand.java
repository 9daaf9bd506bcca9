package io.millrace.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.offline.erasure.AuditLog;
import io.millrace.offline.erasure.AuditLog.Entry;
import io.millrace.offline.snapshot.StorePlace;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace audit}: who asked the store for what. */
@Command(
    name = "audit",
    description = "List who asked the offline store for what, and check that no line was changed.",
    footer = {"", "Example:", "  millrace audit --store .millrace/demo-nyc/offline"})
final class AuditCommand implements Callable<Integer>, StoreCommand {
  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR|URI",
      description = "The root of the offline store.")
  private String offline;

  @Option(names = "--json", description = "Print JSON, one object a line.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Optional<String> storeRoot() {
    return Optional.ofNullable(offline);
  }

  @Override
  public Integer call() throws IOException {
    StorePlace store = StoreCommand.place(offline);
    store.tables(); // Of none an error says so.
    List<Entry> entries = new AuditLog(store, InstantSource.system()).read();
    for (Entry entry : entries) {
      spec.commandLine()
          .getOut()
          .println(
              json
                  ? new ObjectMapper().writeValueAsString(entry)
                  : entry.at() + "  " + entry.who() + "  " + entry.what() + "  " + entry.details());
    }
    if (!json) {
      spec.commandLine()
          .getOut()
          .println(
              entries.isEmpty()
                  ? "nothing was asked yet"
                  : entries.size()
                      + " lines, unbroken; the last hash is "
                      + entries.get(entries.size() - 1).hash());
    }
    return 0;
  }
}
