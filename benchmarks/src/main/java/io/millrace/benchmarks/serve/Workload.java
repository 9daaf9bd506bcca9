package io.millrace.benchmarks.serve;

import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionBuilder;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.definition.FeatureBuilder;
import io.millrace.feature.definition.ServiceBuilder;
import io.millrace.feature.definition.SourceBuilder;
import io.millrace.feature.definition.ViewBuilder;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

  static Definitions definitions() throws DefinitionException {
    ViewBuilder view = ViewBuilder.named("card").entity("card").source("payments");
    for (int i = 0; i < FEATURES; i++) {
      view.feature("f" + i, FeatureBuilder.avg("amount").over(Duration.ofHours(i + 1)));
    }
    return new DefinitionBuilder()
        .source(SourceBuilder.named("payments").schema(AVRO).eventTime("at"))
        .view(view)
        .service(ServiceBuilder.named(SERVICE).request("payments").feature("card", "*"))
        .build();
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
