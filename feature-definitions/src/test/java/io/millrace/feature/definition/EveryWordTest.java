package io.millrace.feature.definition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.millrace.feature.Aggregation;
import io.millrace.feature.Definitions;
import io.millrace.feature.EventTime;
import io.millrace.feature.Expectation;
import io.millrace.feature.WindowSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Every word of definition files: the loader, the builder and the JSON Schema know the same. */
class EveryWordTest {
  private static final String AVRO =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "card", "type": "string"},
        {"name": "shop", "type": "string"},
        {"name": "amount", "type": "double"},
        {"name": "items", "type": "int"},
        {"name": "vector", "type": {"type": "array", "items": "double"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;
  private static final String YAML =
      """
      kind: EventSource
      name: payments
      description: What was paid.
      topic: payments
      schema: payment.avsc
      event-time: {field: at, disorder: 10s, future: 1h, idle: 1m}
      key: [card]
      expect: [{name: sane, check: "amount < 1000000.0", on-fail: tag, description: Seldom more.}]
      ---
      kind: FeatureView
      name: card
      description: What a card does.
      version: 2
      entity: {keys: [card]}
      source: payments
      ttl: 2d
      features:
        n: {count: "*", window: 7d, resolution: 6h}
        total: {sum: amount, window: 1d, most-instants: 500}
        mean: {avg: amount, window: 1h, resolution: exact, where: "amount > 0.0", default: 0}
        least: {min: amount, window: 1h, delay: 7m, description: An hour late.}
        most: {max: items, window: 1h, resolution: 5m, delay: 1h}
        vp: {var_pop: amount, tumbling: 1d}
        vs: {var_samp: amount, tumbling: 1h, delay: 5m}
        sp: {stddev_pop: amount, session: 30m}
        ss: {stddev_samp: amount, rows: 10}
        skew: {skewness: amount, rows: 10, window: 2d}
        kurt: {kurtosis: amount}
        first: {first: shop}
        last: {last: shop}
        first_k: {first_k: shop, k: 2}
        last_k: {last_k: shop, k: 3}
        top: {top_k: amount, k: 4}
        bottom: {bottom_k: amount, k: 5}
        shops: {count_distinct: shop, exact-up-to: 100}
        some: {count_distinct: shop}
        p95: {quantile: amount, at: 0.95}
        quarters: {quantiles: amount, at: [0.25, 0.5, 0.75]}
        often: {frequent_items: shop, k: 3}
        by_shop: {count_by: shop, k: 7}
        sum_by: {sum_by: amount, by: shop, k: 8}
        avg_by: {avg_by: amount, by: shop, k: 9}
        bars: {histogram: amount, bounds: [0, 10.5, 100]}
        share: {ratio: total, over: n}
        since: {time_since_last: "*"}
        gap: {time_between: "*", where: "amount > 0.0"}
        change: {change: amount}
        decayed: {decayed_sum: amount, half-life: 6h}
        lately: {decayed_count: "*", half-life: 1d}
        vsum: {vector_sum: vector, k: 3}
        vavg: {vector_avg: vector, k: 3}
        vmin: {vector_min: vector, k: 3}
        vmax: {vector_max: vector, k: 3}
        is_new: {is_new: shop, window: 90d, resolution: 1d}
      ---
      kind: FeatureView
      name: shop
      entity: {keys: [shop], nulls: skip}
      source: payments
      join: {payer: {view: card, keys: {card: card}}}
      state-ttl: 90d
      features:
        mean_excess: {avg: "amount - payer__mean", window: 7d, resolution: 1d}
      ---
      kind: FeatureView
      name: worst
      entity: {keys: [shop]}
      source: {view: shop}
      features:
        most: {max: mean_excess, window: 7d}
      ---
      kind: FeatureService
      name: fraud_v1
      description: Asked at the till.
      request: payments
      features:
        - card.n
        - {view: card, as: payer, features: [total, mean], keys: {card: card}}
        - worst.*
        - {name: double_n, expr: "card__n * 2", description: Twice.}
      label: {source: payments, on: [card], value: "amount > 100.0", horizon: 2d}
      """;

  @TempDir Path folder;

  @BeforeEach
  void writeSchema() throws IOException {
    Files.writeString(folder.resolve("payment.avsc"), AVRO);
  }

  @Test
  void shouldBuildWhatTheFilesSay() throws Exception {
    assertThat(load(YAML).view("card").features()).hasSizeGreaterThan(Aggregation.values().length);
    Set<Aggregation> used = new HashSet<>();
    load(YAML).view("card").features().forEach(feature -> used.add(feature.aggregation()));
    assertThat(used).containsExactlyInAnyOrder(Aggregation.values());
    assertThat(load(YAML)).isEqualTo(built());
  }

  @Test
  void theSchemaShouldKnowTheWordsOfTheLoader() throws Exception {
    assertThat(mistakes(YAML)).isEmpty();
    JsonNode defs = node().get("$defs");
    List<String> words = new ArrayList<>();
    defs.at("/feature/oneOf").forEach(one -> words.add(one.at("/required/0").textValue()));
    assertThat(words)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Aggregation.values()).map(Aggregation::word).toList());
    // What the schema offers the loader takes, in every mapping.
    assertThat(unknown(defs, "feature", "n: {count: \"*\"", "n: {count: \"*\", WORD: 1")).isEmpty();
    assertThat(
            unknown(
                defs,
                "view",
                "kind: FeatureView\nname: shop",
                "kind: FeatureView\nWORD: 1\nname: shop"))
        .isEmpty();
    assertThat(unknown(defs, "source", "kind: EventSource", "kind: EventSource\nWORD: 1"))
        .isEmpty();
    assertThat(unknown(defs, "service", "kind: FeatureService", "kind: FeatureService\nWORD: 1"))
        .isEmpty();
  }

  /** The words that the schema allows in a place and the loader does not know. */
  private List<String> unknown(JsonNode defs, String kind, String place, String with)
      throws IOException {
    assertThat(YAML).contains(place);
    List<String> words = new ArrayList<>();
    defs.get(kind).get("properties").fieldNames().forEachRemaining(words::add);
    words.add("nonsense");
    List<String> unknown = new ArrayList<>();
    for (String word : words) {
      problems(YAML.replace(place, with.replace("WORD", word))).stream()
          .filter(problem -> problem.contains("unknown key " + word))
          .forEach(problem -> unknown.add(word));
    }
    assertThat(unknown).as("%s", kind).contains("nonsense");
    unknown.remove("nonsense");
    return unknown;
  }

  @Test
  void theSchemaShouldHaveNothingAgainstWhatTheLoaderTakes() throws Exception {
    List<String> values =
        List.of(
            "0",
            "1",
            "-1",
            "1.5",
            "1e3",
            "true",
            "1h",
            "'*'",
            "exact",
            "amount",
            "shop",
            "[1]",
            "[amount]",
            "${x:5}",
            "{}",
            "''");
    Matcher scalar =
        Pattern.compile("(?<=: )(\"[^\"]*\"|[^\\s,{}\\[\\]]+)|\\[[^\\]{}]*\\]").matcher(YAML);
    List<String> wrong = new ArrayList<>();
    int taken = 0;
    int places = 0;
    while (scalar.find()) {
      places++;
      // Each value in every fifth place or so.
      for (int i = places % 5; i < values.size(); i += 5) {
        String value = values.get(i);
        String other = YAML.substring(0, scalar.start()) + value + YAML.substring(scalar.end());
        if (problems(other).isEmpty()) {
          taken++;
          for (String mistake : mistakes(other)) {
            wrong.add(
                YAML.substring(Math.max(0, scalar.start() - 30), scalar.end())
                    + " -> "
                    + value
                    + ": "
                    + mistake);
          }
        }
      }
    }
    assertThat(places).isGreaterThan(100);
    assertThat(taken).as("of %d places", places).isGreaterThan(40);
    assertThat(wrong).isEmpty();
  }

  private Definitions built() {
    Duration hour = Duration.ofHours(1);
    Duration day = Duration.ofDays(1);
    FeatureBuilder total =
        FeatureBuilder.sum("amount").over(WindowSpec.slidingExact(day).exactUpTo(500));
    return new DefinitionBuilder()
        .source(
            SourceBuilder.named("payments")
                .schema(AVRO)
                .eventTime(
                    new EventTime(
                        "at",
                        Duration.ofSeconds(10),
                        Duration.ZERO,
                        Optional.of(hour),
                        Optional.of(Duration.ofMinutes(1))))
                .key("card")
                .expect("sane", "amount < 1000000.0", Expectation.OnFail.TAG))
        .view(
            ViewBuilder.named("card")
                .version(2)
                .entity("card")
                .source("payments")
                .ttl(Duration.ofDays(2))
                .feature("n", FeatureBuilder.count().over(Duration.ofDays(7), Duration.ofHours(6)))
                .feature("total", total)
                .feature(
                    "mean",
                    FeatureBuilder.avg("amount").over(hour).where("amount > 0.0").defaultValue("0"))
                .feature(
                    "least",
                    FeatureBuilder.min("amount")
                        .over(WindowSpec.slidingExact(hour).delayedBy(Duration.ofMinutes(7)))
                        .description("An hour late."))
                .feature(
                    "most",
                    FeatureBuilder.max("items")
                        .over(
                            WindowSpec.slidingByTiles(hour, Duration.ofMinutes(5)).delayedBy(hour)))
                .feature("vp", FeatureBuilder.varPop("amount").over(WindowSpec.tumbling(day)))
                .feature(
                    "vs",
                    FeatureBuilder.varSamp("amount")
                        .over(WindowSpec.tumbling(hour).delayedBy(Duration.ofMinutes(5))))
                .feature(
                    "sp",
                    FeatureBuilder.stddevPop("amount")
                        .over(WindowSpec.session(Duration.ofMinutes(30))))
                .feature("ss", FeatureBuilder.stddevSamp("amount").over(WindowSpec.lastRows(10)))
                .feature(
                    "skew",
                    FeatureBuilder.skewness("amount")
                        .over(WindowSpec.lastRowsWithin(10, Duration.ofDays(2))))
                .feature("kurt", FeatureBuilder.kurtosis("amount"))
                .feature("first", FeatureBuilder.first("shop"))
                .feature("last", FeatureBuilder.last("shop"))
                .feature("first_k", FeatureBuilder.firstK("shop", 2))
                .feature("last_k", FeatureBuilder.lastK("shop", 3))
                .feature("top", FeatureBuilder.topK("amount", 4))
                .feature("bottom", FeatureBuilder.bottomK("amount", 5))
                .feature("shops", FeatureBuilder.countDistinct("shop", 100))
                .feature("some", FeatureBuilder.countDistinct("shop", 256))
                .feature("p95", FeatureBuilder.quantile("amount", 0.95))
                .feature("quarters", FeatureBuilder.quantiles("amount", List.of(0.25, 0.5, 0.75)))
                .feature("often", FeatureBuilder.frequentItems("shop", 3))
                .feature("by_shop", FeatureBuilder.countBy("shop", 7))
                .feature("sum_by", FeatureBuilder.sumBy("amount", "shop", 8))
                .feature("avg_by", FeatureBuilder.avgBy("amount", "shop", 9))
                .feature("bars", FeatureBuilder.histogram("amount", List.of(0.0, 10.5, 100.0)))
                .feature("share", FeatureBuilder.ratio("total", "n"))
                .feature("since", FeatureBuilder.timeSinceLast("*"))
                .feature("gap", FeatureBuilder.timeBetween("*").where("amount > 0.0"))
                .feature("change", FeatureBuilder.change("amount"))
                .feature("decayed", FeatureBuilder.decayedSum("amount", Duration.ofHours(6)))
                .feature("lately", FeatureBuilder.decayedCount(day))
                .feature("vsum", FeatureBuilder.vectorSum("vector", 3))
                .feature("vavg", FeatureBuilder.vectorAvg("vector", 3))
                .feature("vmin", FeatureBuilder.vectorMin("vector", 3))
                .feature("vmax", FeatureBuilder.vectorMax("vector", 3))
                .feature("is_new", FeatureBuilder.isNew("shop").over(Duration.ofDays(90), day)))
        .view(
            ViewBuilder.named("shop")
                .entity("shop")
                .skipNullKeys()
                .source("payments")
                .join("payer", "card", Map.of("card", "card"))
                .stateTtl(Duration.ofDays(90))
                .feature(
                    "mean_excess",
                    FeatureBuilder.avg("amount - payer__mean").over(Duration.ofDays(7), day)))
        .view(
            ViewBuilder.named("worst")
                .entity("shop")
                .sourceView("shop")
                .feature("most", FeatureBuilder.max("mean_excess").over(Duration.ofDays(7))))
        .service(
            ServiceBuilder.named("fraud_v1")
                .request("payments")
                .feature("card", "n")
                .feature("card", "payer", "total", Map.of("card", "card"))
                .feature("card", "payer", "mean", Map.of("card", "card"))
                .feature("worst", "*")
                .computed("double_n", "card__n * 2")
                .label("payments", "amount > 100.0", Duration.ofDays(2), "card"))
        .build();
  }

  private Definitions load(String yaml) throws Exception {
    Files.writeString(folder.resolve("definitions.yaml"), yaml);
    return DefinitionFiles.load(folder, Map.of());
  }

  private List<String> problems(String yaml) throws IOException {
    try {
      Files.writeString(folder.resolve("definitions.yaml"), yaml);
      DefinitionFiles.load(folder, Map.of());
      return List.of();
    } catch (DefinitionException e) {
      return e.problems().stream().map(Problem::toString).toList();
    } catch (RuntimeException e) {
      throw new AssertionError("the loader failed on\n" + yaml, e);
    }
  }

  private static JsonNode node() throws IOException {
    try (InputStream in = DefinitionFiles.class.getResourceAsStream("millrace.schema.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  private static List<String> mistakes(String yaml) throws IOException {
    JsonSchema schema =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(node());
    List<String> mistakes = new ArrayList<>();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(yaml)) {
      JsonNode node = new ObjectMapper().valueToTree(document);
      schema.validate(node).stream().map(ValidationMessage::getMessage).forEach(mistakes::add);
    }
    return mistakes;
  }
}
