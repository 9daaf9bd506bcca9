package io.millrace.server;

import io.millrace.online.settings.OnlineSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The flags of commands that need an online store. */
final class OnlineFlags {
  @Option(
      names = "--online",
      required = true,
      paramLabel = "STORE",
      description = "The online store: rocksdb:DIR or redis:HOST:PORT[,HOST:PORT].")
  private String online;

  @Option(
      names = "--online-set",
      paramLabel = "KEY=VALUE",
      description = "A setting of the online store, such as online.redis.layout=feast.")
  private Map<String, String> given = new LinkedHashMap<>();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /**
   * The settings, checked.
   *
   * @throws ParameterException naming every mistake
   */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>(given);
    int colon = online.indexOf(':');
    String kind = colon < 0 ? online : online.substring(0, colon);
    String place = colon < 0 ? "" : online.substring(colon + 1);
    if (place.isEmpty() || !List.of("rocksdb", "redis").contains(kind)) {
      throw misuse("--online is rocksdb:DIR or redis:HOST:PORT, but it is " + online);
    }
    settings.put("online.store", kind);
    settings.put(kind.equals("redis") ? "online.redis.nodes" : "online.path", place);
    List<String> mistakes = OnlineSettings.mistakes(settings);
    if (!mistakes.isEmpty()) {
      throw misuse(String.join("; ", mistakes));
    }
    return settings;
  }

  private ParameterException misuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
