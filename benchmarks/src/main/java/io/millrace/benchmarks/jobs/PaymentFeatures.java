package io.millrace.benchmarks.jobs;

import io.millrace.feature.definition.DefinitionException;
import io.millrace.jobs.DefinitionSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The definitions of the benchmark: twenty features of a card, in three variants. */
enum PaymentFeatures {
  /** Count, sum, avg, min and max of one column over 1 h, 1 d, 7 d and 30 d. */
  MIXED(
      List.of(
          new Group("amount", "1h", "1m"),
          new Group("amount", "1d", "30m"),
          new Group("amount", "7d", "3h"),
          new Group("amount", "30d", "12h"))),
  /** The same five of four columns, all over 1 h. */
  ALL_1H(ofFourColumns("1h", "1m")),
  /** The same five of four columns, all over 30 d. */
  ALL_30D(ofFourColumns("30d", "12h"));

  /** The service of the definitions; nobody asks it. */
  static final String SERVICE = "card_v1";

  private record Group(String column, String window, String resolution) {}

  private final List<Group> groups;

  PaymentFeatures(List<Group> groups) {
    this.groups = groups;
  }

  private static List<Group> ofFourColumns(String window, String resolution) {
    return List.of(
        new Group("amount", window, resolution),
        new Group("fee", window, resolution),
        new Group("gross", window, resolution),
        new Group("net", window, resolution));
  }

  /** The files, read as a job reads them. The first source is the payments. */
  DefinitionSet definitions() throws IOException, DefinitionException {
    Path folder = Files.createTempDirectory("millrace-bench");
    Path avro = folder.resolve("payment.avsc");
    Path yaml = folder.resolve("payments.yaml");
    try {
      Files.writeString(avro, AVRO);
      Files.writeString(yaml, yaml());
      return DefinitionSet.read(folder, Map.of());
    } finally {
      Files.deleteIfExists(yaml);
      Files.deleteIfExists(avro);
      Files.delete(folder);
    }
  }

  private String yaml() {
    StringBuilder features = new StringBuilder();
    for (Group group : groups) {
      String name = group.column() + "_" + group.window();
      String window = "window: " + group.window() + ", resolution: " + group.resolution();
      features.append("  count_%s: {count: \"*\", %s}\n".formatted(name, window));
      for (String function : List.of("sum", "avg", "min", "max")) {
        features.append(
            "  %s_%s: {%s: %s, %s}\n".formatted(function, name, function, group.column(), window));
      }
    }
    return YAML + features;
  }

  private static final String AVRO =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "amount", "type": "double"},
        {"name": "fee", "type": "double"},
        {"name": "gross", "type": "double"},
        {"name": "net", "type": "double"}]}
      """;

  private static final String YAML =
      """
      kind: EventSource
      name: payments
      topic: payments
      schema: payment.avsc
      event-time: {field: at, disorder: 30s}
      ---
      kind: EventSource
      name: questions
      topic: questions
      schema: payment.avsc
      event-time: {field: at, disorder: 30s}
      ---
      kind: FeatureService
      name: card_v1
      request: questions
      features: ["card.*"]
      ---
      kind: FeatureView
      name: card
      version: 1
      entity: {keys: [card]}
      source: payments
      features:
      """;
}
