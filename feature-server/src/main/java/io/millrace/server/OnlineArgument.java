package io.millrace.server;

import io.millrace.online.settings.OnlineSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** How commands name an online store: {@code rocksdb:DIR} or {@code redis:HOST:PORT}. Stateless. */
final class OnlineArgument {
  private OnlineArgument() {}

  /**
   * @param more settings by their keys
   * @throws ParameterException if it names none
   */
  static OnlineSettings settings(String text, Map<String, String> more, CommandSpec command) {
    return OnlineSettings.of(checked(text, more, command));
  }

  /** The settings by their keys, as {@link #settings} takes them. */
  static Map<String, String> checked(String text, Map<String, String> more, CommandSpec command) {
    Map<String, String> given = new LinkedHashMap<>(more);
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String place = colon < 0 ? "" : text.substring(colon + 1);
    if (place.isEmpty() || !List.of("rocksdb", "redis").contains(kind)) {
      throw new ParameterException(
          command.commandLine(), "--online is rocksdb:DIR or redis:HOST:PORT, but it is " + text);
    }
    given.put("online.store", kind);
    given.put(kind.equals("redis") ? "online.redis.nodes" : "online.path", place);
    List<String> mistakes = OnlineSettings.mistakes(given);
    if (!mistakes.isEmpty()) {
      throw new ParameterException(command.commandLine(), String.join("; ", mistakes));
    }
    return given;
  }
}
