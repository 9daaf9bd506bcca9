package io.millrace.server;

import java.util.LinkedHashMap;
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
    return OnlineArgument.checked(online, given, command);
  }
}
