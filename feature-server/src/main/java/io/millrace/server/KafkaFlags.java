package io.millrace.server;

import picocli.CommandLine.Option;

/** The flags of commands that need Kafka. */
final class KafkaFlags {
  @Option(
      names = "--bootstrap",
      required = true,
      paramLabel = "HOST:PORT",
      description = "A Kafka broker.")
  private String bootstrap;

  @Option(
      names = "--registry",
      required = true,
      paramLabel = "URL",
      description = "The schema registry, with its path where it has one.")
  private String registry;

  /** A broker, HOST:PORT. */
  String bootstrap() {
    return bootstrap;
  }

  /** Base URL of the schema registry's Confluent API. */
  String registry() {
    return registry;
  }
}
