package io.millrace.benchmarks.serve;

import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** One service of 50 features in one view, and 10,000 cards that have them. */
final class Workload {
  static final String SERVICE = "fifty";
  static final int FEATURES = 50;
  static final int CARDS = 10_000;

  private static final String AVRO =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "string"},
        {"name": "amount", "type": ["null", "double"], "default": null},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;

  private Workload() {}

  /** Writes the definition files, for those who read them from there, and reads them. */
  static Definitions definitions(Path folder) throws DefinitionException, IOException {
    StringBuilder yaml =
        new StringBuilder(
            """
            kind: EventSource
            name: payments
            topic: payments
            schema: payment.avsc
            event-time: {field: at, disorder: 0s, lateness: 1m}
            key: [card]
            ---
            kind: FeatureView
            name: card
            version: 1
            entity: {keys: [card]}
            source: payments
            features:
            """);
    for (int i = 0; i < FEATURES; i++) {
      yaml.append("  f%d: {avg: amount, window: %dh}%n".formatted(i, i + 1));
    }
    yaml.append(
        """
        ---
        kind: FeatureService
        name: fifty
        request: payments
        features: [card.*]
        """);
    Files.writeString(folder.resolve("payment.avsc"), AVRO);
    Files.writeString(folder.resolve("payments.yaml"), yaml);
    return DefinitionFiles.load(folder, Map.of());
  }

  static List<OnlineView> views(Definitions definitions) {
    return VectorPlan.of(definitions.service(SERVICE), definitions).lookups().stream()
        .map(lookup -> OnlineView.of(lookup.view(), lookup.aggregator().rowSchema()))
        .toList();
  }

  static String card(int i) {
    return "card-" + (i * 2_654_435_761L & Integer.MAX_VALUE) % CARDS;
  }

  static void fill(OnlineStore store, OnlineView view) {
    Random random = new Random(1);
    long nowMs = System.currentTimeMillis();
    List<FeatureRow> rows = new ArrayList<>();
    for (int card = 0; card < CARDS; card++) {
      Values values = new Values(view.schema().size());
      int at = 0;
      for (Field field : view.schema().fields()) {
        switch (field.type()) {
          case FLOAT64 -> values.setDouble(at++, random.nextGaussian() * 100);
          default -> throw new IllegalStateException("a feature is " + field);
        }
      }
      rows.add(new FeatureRow(view.id(), EntityKey.of("card-" + card), nowMs, nowMs, 1, values));
      if (rows.size() == 1_000) {
        store.put(rows);
        rows.clear();
      }
    }
    store.put(rows);
  }
}
