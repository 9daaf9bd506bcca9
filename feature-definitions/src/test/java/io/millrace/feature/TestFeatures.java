package io.millrace.feature;

import io.millrace.feature.definition.DefinitionBuilder;
import io.millrace.feature.definition.FeatureBuilder;
import io.millrace.feature.definition.ServiceBuilder;
import io.millrace.feature.definition.SourceBuilder;
import io.millrace.feature.definition.ViewBuilder;
import java.time.Duration;
import java.time.Instant;

/** Card payments: the named things that every test knows. */
public final class TestFeatures {
  /** Noon of a Saturday, from which tests count their time. */
  public static final long NOON_MS = Instant.parse("2026-08-01T12:00:00Z").toEpochMilli();

  public static final String PAYMENT_AVRO =
      """
      {"type": "record", "name": "payment", "fields": [
        {"name": "id", "type": "long"},
        {"name": "card", "type": ["null", "string"], "default": null},
        {"name": "shop", "type": "string"},
        {"name": "amount", "type": ["null", "double"], "default": null},
        {"name": "items", "type": "int"},
        {"name": "abroad", "type": "boolean"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;

  public static final String DISPUTE_AVRO =
      """
      {"type": "record", "name": "dispute", "fields": [
        {"name": "id", "type": "long"},
        {"name": "upheld", "type": ["null", "boolean"], "default": null},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;

  private TestFeatures() {}

  /**
   * Sources {@code payments} and {@code disputes}, views {@code card} (with tiles) and {@code shop}
   * (exact), service {@code fraud_v1}.
   */
  public static Definitions definitions() {
    return new DefinitionBuilder()
        .source(
            SourceBuilder.named("payments")
                .schema(PAYMENT_AVRO)
                .eventTime("at", Duration.ofSeconds(10), Duration.ofHours(1))
                .key("id")
                .expect("sane_amount", "amount < 1000000.0", Expectation.OnFail.DEAD_LETTER))
        .source(SourceBuilder.named("disputes").schema(DISPUTE_AVRO).eventTime("at").key("id"))
        .view(
            ViewBuilder.named("card")
                .entity("card")
                .skipNullKeys()
                .source("payments")
                .ttl(Duration.ofDays(2))
                .feature(
                    "payments_1h",
                    FeatureBuilder.count().over(Duration.ofHours(1), Duration.ofMinutes(5)))
                .feature(
                    "spent_1h",
                    FeatureBuilder.sum("amount")
                        .where("amount > 0.0")
                        .over(Duration.ofHours(1), Duration.ofMinutes(5))
                        .defaultValue("0"))
                .feature(
                    "last_amount", FeatureBuilder.last("amount").description("What it last paid.")))
        .view(
            ViewBuilder.named("shop")
                .entity("shop")
                .source("payments")
                .feature(
                    "mean_amount_10m", FeatureBuilder.avg("amount").over(Duration.ofMinutes(10)))
                .feature("max_items_1d", FeatureBuilder.max("items").over(Duration.ofDays(1))))
        .service(
            ServiceBuilder.named("fraud_v1")
                .request("payments")
                .computed("amount", "amount")
                .computed("hour", "hour_of_day(at)")
                .feature("card", "*")
                .feature("shop", "mean_amount_10m")
                .label("disputes", "upheld", Duration.ofDays(30), "id"))
        .build();
  }

  /** A payment at {@link #NOON_MS} and some seconds. */
  public static Event payment(long id, String card, String shop, Double amount, long afterNoonS) {
    long timeMs = NOON_MS + afterNoonS * 1000;
    return new Event(
        "payments",
        timeMs,
        new Position("payments", 0, id),
        Values.of(id, card, shop, amount, 1, false, Instant.ofEpochMilli(timeMs)));
  }
}
