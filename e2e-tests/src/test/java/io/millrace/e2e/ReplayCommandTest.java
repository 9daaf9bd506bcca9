package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.Millrace;
import io.millrace.server.platform.KafkaBroker;
import io.millrace.server.platform.RegistryServer;
import io.millrace.server.platform.WorkFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace replay} from a Parquet file to a topic. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ReplayCommandTest {
  private static final Path HOME = Path.of("..");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path temp;

  @Test
  void shouldSendTheChosenPartOfAHistory() throws Exception {
    Path definitions = Files.createDirectories(temp.resolve("definitions"));
    writeDefinitions(definitions);
    writeHistory(definitions.resolve("rides.parquet"));
    try (WorkFolder work = WorkFolder.open(temp.resolve("work"));
        KafkaBroker broker = KafkaBroker.start(work, HOME);
        RegistryServer registry = RegistryServer.start(work, HOME)) {
      int status =
          run(
              "replay",
              "--definitions",
              definitions.toString(),
              "--bootstrap",
              broker.bootstrapServers(),
              "--registry",
              registry.url(),
              "--speed",
              "max",
              "--from",
              "2022-03-01T00:01:00Z",
              "--events",
              "100");

      assertThat(status).as(err.toString()).isZero();
      assertThat(out.toString())
          .startsWith("100 events from 2022-03-01T00:01:00Z to 2022-03-01T00:02:39Z in ")
          .endsWith(" s: {rides=100}" + System.lineSeparator());
      assertThat(KafkaLog.read(broker.bootstrapServers(), "command.rides"))
          .filteredOn(message -> message.value() != null)
          .hasSize(100);

      assertThat(
              run(
                  "replay",
                  "--definitions",
                  definitions.toString(),
                  "--bootstrap",
                  broker.bootstrapServers(),
                  "--registry",
                  registry.url(),
                  "--sources",
                  "rids"))
          .isEqualTo(2);
      assertThat(err.toString())
          .contains("--sources: no event source is named rids; there are [rides]");
    }
  }

  private static void writeDefinitions(Path folder) throws Exception {
    Files.writeString(folder.resolve("ride.avsc"), RideSources.AVRO);
    Files.writeString(
        folder.resolve("rides.yaml"),
        """
        kind: EventSource
        name: rides
        topic: command.rides
        schema: ride.avsc
        event-time: {field: time, disorder: 1s}
        key: [driver]
        history: {path: rides.parquet}
        """);
  }

  private static void writeHistory(Path file) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "copy (select 'driver-' || (i % 7) as driver,"
              + " timestamp '2022-03-01' + to_seconds(i) as time, i::double as fare"
              + " from range(1000) t(i)) to '"
              + file
              + "' (format parquet)");
    }
  }

  private int run(String... arguments) {
    return Millrace.run(new PrintWriter(out), new PrintWriter(err), arguments);
  }
}
