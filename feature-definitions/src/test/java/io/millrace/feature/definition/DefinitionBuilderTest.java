package io.millrace.feature.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Definitions;
import io.millrace.feature.TestFeatures;
import io.millrace.feature.vector.VectorPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefinitionBuilderTest {
  @TempDir Path folder;

  @Test
  void shouldEqualTheFilesOfTheSameContent() throws Exception {
    Files.writeString(folder.resolve("payment.avsc"), TestFeatures.PAYMENT_AVRO);
    Files.writeString(folder.resolve("dispute.avsc"), TestFeatures.DISPUTE_AVRO);
    Files.writeString(
        folder.resolve("definitions.yaml"),
        """
        kind: EventSource
        name: payments
        topic: payments
        schema: payment.avsc
        event-time: {field: at, disorder: 10s, lateness: 1h}
        key: [id]
        expect: [{name: sane_amount, check: "amount < 1000000.0", on-fail: dead-letter}]
        ---
        kind: EventSource
        name: disputes
        topic: disputes
        schema: dispute.avsc
        event-time: {field: at}
        key: [id]
        ---
        kind: FeatureView
        name: card
        entity: {keys: [card], nulls: skip}
        source: payments
        ttl: 2d
        features:
          payments_1h: {count: "*", window: 1h, resolution: 5m}
          spent_1h: {sum: amount, where: "amount > 0.0", window: 1h, resolution: 5m, default: 0}
          last_amount: {last: amount, description: What it last paid.}
        ---
        kind: FeatureView
        name: shop
        version: 1
        entity: {keys: [shop]}
        source: payments
        features:
          mean_amount_10m: {avg: amount, window: 10m}
          max_items_1d: {max: items, window: 1d}
        ---
        kind: FeatureService
        name: fraud_v1
        request: payments
        features:
          - {name: amount, expr: amount}
          - {name: hour, expr: hour_of_day(at)}
          - card.*
          - shop.mean_amount_10m
        label: {source: disputes, on: [id], value: upheld, horizon: 30d}
        """);
    Definitions files = DefinitionFiles.load(folder, Map.of());
    assertThat(files).isEqualTo(TestFeatures.definitions());
    assertThat(VectorPlan.of(files.service("fraud_v1"), files).vectorSchema().fields())
        .extracting(field -> field.name())
        .containsExactly(
            "amount",
            "hour",
            "card__payments_1h",
            "card__spent_1h",
            "card__last_amount",
            "shop__mean_amount_10m");
  }

  @Test
  void shouldTellTheMistakesOfSourcesAndViewsAtOnce() {
    DefinitionBuilder builder =
        new DefinitionBuilder()
            .source(payments().key("crd"))
            .source(payments())
            .view(card().source("paiments"))
            .view(ViewBuilder.named("shop").entity("amount").source("payments"));
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            """
            event source payments: payment has no field crd; it has \\[.*card.*]
            event source payments is defined twice; rename one
            feature view card: no event source is named paiments; there are \\[payments, payments]
            feature view shop: payment.amount is FLOAT64, which cannot be a key""");
  }

  @Test
  void shouldTellTheMistakesOfServices() {
    DefinitionBuilder builder =
        new DefinitionBuilder()
            .source(payments())
            .view(card().source("payments"))
            .service(ServiceBuilder.named("a").request("payments").feature("cart", "*"))
            .service(
                ServiceBuilder.named("b")
                    .request("payments")
                    .feature("card", "*")
                    .label("payments", "amount + 1.0", Duration.ofDays(1), "id"));
    assertThatThrownBy(builder::build)
        .hasMessage(
            """
            feature service a: no feature view is named cart; there are [card]
            feature service b: amount + 1.0 must be BOOL, but it is FLOAT64""");
  }

  @Test
  void shouldRefuseToForgetAKeyThatAWindowStillSees() {
    FeatureBuilder recent = FeatureBuilder.count().over(Duration.ofMinutes(10));
    DefinitionBuilder builder =
        new DefinitionBuilder()
            .source(payments())
            .view(
                card()
                    .feature("recent", recent)
                    .source("payments")
                    .stateTtl(Duration.ofMinutes(1)));
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("feature view card: recent looks back ")
        .hasMessageContaining("give a state-ttl that is no shorter");
  }

  @Test
  void shouldNameWhatASourceLacks() {
    assertThatThrownBy(() -> SourceBuilder.named("payments").schema("{}").eventTime("at").build())
        .hasMessage("schema of payments:1:1: the schema of events is an Avro record");
    assertThatThrownBy(
            () -> SourceBuilder.named("payments").schema(TestFeatures.PAYMENT_AVRO).build())
        .hasMessage("event source payments has no event time; name it with eventTime(column)");
  }

  private static SourceBuilder payments() {
    return SourceBuilder.named("payments").schema(TestFeatures.PAYMENT_AVRO).eventTime("at");
  }

  private static ViewBuilder card() {
    return ViewBuilder.named("card")
        .entity("card")
        .skipNullKeys()
        .feature("payments", FeatureBuilder.count());
  }
}
