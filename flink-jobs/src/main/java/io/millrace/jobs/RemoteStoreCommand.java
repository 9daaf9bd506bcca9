package io.millrace.jobs;

import io.millrace.jobs.sink.FlinkStorePlace;
import io.millrace.offline.OfflineException;
import io.millrace.offline.maintenance.CompactionOptions;
import io.millrace.offline.maintenance.MaintenanceReporter;
import io.millrace.offline.maintenance.StoreMaintenance;
import io.millrace.offline.snapshot.StorePlace;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;

/**
 * {@code millrace offline} for a store that Flink's file systems reach: {@code s3://bucket/store}.
 * The plugin comes from the folder that {@code FLINK_PLUGINS_DIR} names; server and keys from
 * {@code config.yaml} in {@code FLINK_CONF_DIR}, keys else from the environment.
 */
public final class RemoteStoreCommand {
  private final Arguments given;
  private final StorePlace store;
  private final PrintStream out;
  private final PrintStream err;

  private RemoteStoreCommand(Arguments given, StorePlace store, PrintStream out, PrintStream err) {
    this.given = given;
    this.store = store;
    this.out = out;
    this.err = err;
  }

  public static void main(String[] arguments) {
    Configuration flink = GlobalConfiguration.loadConfiguration();
    FlinkPlugins.load(flink);
    System.exit(run(flink, System.out, System.err, arguments));
  }

  /**
   * Does what is asked.
   *
   * @param flink by which the plugins were loaded
   * @return the exit status: 0, 1 if something is wrong, 2 if it was asked wrongly
   */
  static int run(Configuration flink, PrintStream out, PrintStream err, String... arguments) {
    try {
      Arguments given = Arguments.read(RemoteStoreOptions.ALL, arguments);
      StorePlace store = FlinkStorePlace.at(given.place(RemoteStoreOptions.STORE), flink);
      return new RemoteStoreCommand(given, store, out, err).run() ? 0 : 1;
    } catch (OfflineException e) {
      err.println("millrace: " + e.getMessage());
      return 1;
    } catch (IllegalArgumentException e) {
      err.println("millrace: " + e.getMessage());
      return 2;
    }
  }

  private boolean run() {
    StoreMaintenance maintenance =
        new StoreMaintenance(
            store,
            optional(RemoteStoreOptions.TABLE),
            new MaintenanceReporter(given.truth(RemoteStoreOptions.JSON), out::println),
            InstantSource.system());
    String command = given.text(RemoteStoreOptions.COMMAND);
    switch (command) {
      case "snapshots" -> maintenance.snapshots();
      case "verify" -> {
        return maintenance.verify(snapshot());
      }
      case "fetch" ->
          maintenance.fetch(
              given
                  .folderIfGiven(RemoteStoreOptions.OUT)
                  .orElseThrow(() -> new IllegalArgumentException("--out is missing")),
              snapshot());
      case "compact" ->
          maintenance.compact(
              CompactionOptions.ofMegabytes(
                  given.number(RemoteStoreOptions.BELOW), given.number(RemoteStoreOptions.TO)),
              sort(),
              err::println);
      case "expire" ->
          maintenance.expire(
              optional(RemoteStoreOptions.KEEP)
                  .map(text -> OptionalInt.of(given.number(RemoteStoreOptions.KEEP)))
                  .orElse(OptionalInt.empty()),
              optional(RemoteStoreOptions.OLDER_THAN)
                  .map(text -> given.duration(RemoteStoreOptions.OLDER_THAN)),
              given.duration(RemoteStoreOptions.GRACE),
              given.duration(RemoteStoreOptions.ABANDONED));
      case "adopt" -> maintenance.adopt();
      default ->
          throw new IllegalArgumentException(
              "--command is " + command + "; " + RemoteStoreOptions.COMMAND.sentence());
    }
    return true;
  }

  private OptionalLong snapshot() {
    return optional(RemoteStoreOptions.SNAPSHOT)
        .map(text -> OptionalLong.of(given.number(RemoteStoreOptions.SNAPSHOT)))
        .orElse(OptionalLong.empty());
  }

  private Map<String, List<String>> sort() {
    Map<String, List<String>> keys = new TreeMap<>();
    for (String one : given.names(RemoteStoreOptions.SORT)) {
      int equals = one.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("--sort is TABLE=COLUMN+COLUMN, ..., but one is " + one);
      }
      keys.put(one.substring(0, equals), List.of(one.substring(equals + 1).split("\\+", -1)));
    }
    return keys;
  }

  private Optional<String> optional(JobOption option) {
    return Optional.ofNullable(given.all().get(option.key()));
  }
}
