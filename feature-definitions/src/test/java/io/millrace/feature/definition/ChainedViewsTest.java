package io.millrace.feature.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.feature.Definitions;
import io.millrace.feature.Field;
import io.millrace.feature.ValueType;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChainedViewsTest {
  private static final String AVRO =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "string"},
        {"name": "shop", "type": "string"},
        {"name": "amount", "type": "double"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;
  private static final String SOUND =
      """
      kind: EventSource
      name: payments
      topic: payments
      schema: payment.avsc
      event-time: {field: at}
      ---
      kind: FeatureView
      name: card
      entity: {keys: [card]}
      source: payments
      join: {here: {view: shop, keys: {shop: shop}}}
      features: {excess: {avg: "amount - here__mean", window: 1h}}
      ---
      kind: FeatureView
      name: shop
      entity: {keys: [shop]}
      source: payments
      features: {mean: {avg: amount, window: 1h}, payments: {count: "*"}}
      ---
      kind: FeatureView
      name: round
      entity: {keys: [payments], nulls: skip}
      source: {view: shop}
      features: {last_shop: {last: shop}, highest: {max: mean}}
      """;

  @TempDir Path folder;

  @BeforeEach
  void writeSchema() throws Exception {
    Files.writeString(folder.resolve("payment.avsc"), AVRO);
  }

  private static DefinitionBuilder builder() {
    return new DefinitionBuilder()
        .source(SourceBuilder.named("payments").schema(AVRO).eventTime("at"))
        .view(
            ViewBuilder.named("card")
                .entity("card")
                .source("payments")
                .join("here", "shop", Map.of("shop", "shop"))
                .feature(
                    "excess", FeatureBuilder.avg("amount - here__mean").over(Duration.ofHours(1))))
        .view(
            ViewBuilder.named("shop")
                .entity("shop")
                .source("payments")
                .feature("mean", FeatureBuilder.avg("amount").over(Duration.ofHours(1)))
                .feature("payments", FeatureBuilder.count()))
        .view(
            ViewBuilder.named("round")
                .entity("payments")
                .skipNullKeys()
                .sourceView("shop")
                .feature("last_shop", FeatureBuilder.last("shop"))
                .feature("highest", FeatureBuilder.max("mean")));
  }

  @Test
  void shouldBindEachViewToWhatItBuildsOn() throws Exception {
    Files.writeString(folder.resolve("definitions.yaml"), SOUND);
    Definitions definitions = DefinitionFiles.load(folder, Map.of());
    assertThat(definitions).isEqualTo(builder().build());
    ViewGraph graph = ViewGraph.of(definitions);
    assertThat(graph.asDefined())
        .extracting(node -> node.view().name(), ViewNode::level)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("card", 1),
            org.assertj.core.groups.Tuple.tuple("shop", 0),
            org.assertj.core.groups.Tuple.tuple("round", 1));
    assertThat(graph.node("card").events().fields())
        .endsWith(
            Field.nullable("here__mean", ValueType.FLOAT64),
            Field.nullable("here__payments", ValueType.INT64));
    assertThat(graph.node("round").events().fields())
        .containsExactly(
            Field.required("shop", ValueType.STRING),
            Field.nullable("mean", ValueType.FLOAT64),
            Field.nullable("payments", ValueType.INT64));
    assertThat(graph.node("round").sources()).containsExactly("payments");
  }

  @ParameterizedTest(name = "{0} | {1}")
  @CsvSource(
      delimiter = '#',
      textBlock =
          """
          here: {view: shop, # here: {view: shops, # definitions.yaml:11:21: there is no feature view shops; did you mean shop?
          source: {view: shop} # source: {view: shops} # definitions.yaml:23:16: there is no feature view shops; did you mean shop?
          {shop: shop} # {shp: shop} # definitions.yaml:11:34: there is no key of shop shp; did you mean shop?
          {shop: shop} # {shop: at} # definitions.yaml:11:7: the join here reads the key shop of shop, which is STRING, from payment.at, which is TIMESTAMP; they never meet, use columns of one type
          {shop: shop} # {shop: place} # definitions.yaml:11:7: payment has no field place; it has [amount, shop, at, card]
          here__mean # here__men # definitions.yaml:12:36: payment has no column here__men; did you mean here__mean?
          here__mean # here.mean # definitions.yaml:12:36: there is no here.mean; a view's value is written here__mean
          last: shop} # last: amount} # definitions.yaml:24:30: shop has no column amount; it has shop, mean, payments
          keys: [payments] # keys: [mean] # definitions.yaml:22:17: the key mean is FLOAT64, which cannot be a key; use another column
          payments: {count # shop: {count # definitions.yaml:23:9: shop has a feature named shop, which is one of its keys: its rows would have two columns of that name; rename the feature
          field: at} # field: at, lateness: 1h} # definitions.yaml:11:7: card builds on views of payments, which has a lateness of 3600 s: what a late event would change was joined before; give payments lateness: 0s, and as much more disorder if its events come late | definitions.yaml:23:9: round builds on views of payments, which has a lateness of 3600 s: what a late event would change was joined before; give payments lateness: 0s, and as much more disorder if its events come late
          source: {view: shop} # source: {view: round} # definitions.yaml:23:9: views build on each other in a circle: round -> round; a view sees only what was before it, let one of them read its source instead
          source: {view: shop} # source: {view: shop}\\njoin: {c: {view: card, keys: {card: shop}}} # definitions.yaml:24:7: round is made of the rows of shop and so cannot join; join in shop, or join shop to the events of a source
          """)
  void shouldNameThePlaceTheValueAndTheFix(String sound, String broken, String expected)
      throws Exception {
    assertThat(SOUND).contains(sound);
    assertThat(problems(SOUND.replace(sound, broken.replace("\\n", "\n"))))
        .containsExactly(expected.split(" \\| "));
  }

  @Test
  void shouldNameTheCircleOnce() throws Exception {
    String circle =
        SOUND.replace(
            "name: shop\nentity: {keys: [shop]}\n",
            "name: shop\nentity: {keys: [shop]}\njoin: {its: {view: card, keys: {card: shop}}}\n");
    assertThat(problems(circle))
        .containsExactly(
            "definitions.yaml:17:7: views build on each other in a circle: card -> shop -> card; a"
                + " view sees only what was before it, let one of them read its source instead");
  }

  @Test
  void shouldRefuseACircleOfBuilders() {
    DefinitionBuilder builder =
        new DefinitionBuilder()
            .source(SourceBuilder.named("payments").schema(AVRO).eventTime("at"))
            .view(
                ViewBuilder.named("a")
                    .entity("card")
                    .source("payments")
                    .join("b", "b", Map.of())
                    .feature("n", FeatureBuilder.count()))
            .view(
                ViewBuilder.named("b")
                    .entity("card")
                    .sourceView("a")
                    .feature("n", FeatureBuilder.count()));
    assertThatThrownBy(builder::build)
        .hasMessageContaining("views build on each other in a circle: a -> b -> a")
        .hasMessageContaining("views build on each other in a circle: b -> a -> b");
  }

  private List<String> problems(String text) throws Exception {
    Files.writeString(folder.resolve("definitions.yaml"), text);
    DefinitionException e =
        catchThrowableOfType(
            DefinitionException.class, () -> DefinitionFiles.load(folder, Map.of()));
    return e.problems().stream().map(Problem::toString).toList();
  }
}
