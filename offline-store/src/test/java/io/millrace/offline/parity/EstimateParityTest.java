package io.millrace.offline.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Prediction;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionBuilder;
import io.millrace.feature.definition.FeatureBuilder;
import io.millrace.feature.definition.ServiceBuilder;
import io.millrace.feature.definition.SourceBuilder;
import io.millrace.feature.definition.ViewBuilder;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parity.ParityCheck.Estimated;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vectors with sketches far beyond what these keep exactly. */
class EstimateParityTest {
  private static final String AVRO =
      """
      {"type": "record", "name": "paid", "fields": [
        {"name": "shop", "type": "string"},
        {"name": "card", "type": "string"},
        {"name": "amount", "type": "double"},
        {"name": "asks", "type": "boolean"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
      """;
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Definitions PAYMENTS =
      new DefinitionBuilder()
          .source(SourceBuilder.named("paid").schema(AVRO).eventTime("at"))
          .view(
              ViewBuilder.named("shop")
                  .entity("shop")
                  .source("paid")
                  .feature("cards", FeatureBuilder.countDistinct("card", 64).over(DAY, HOUR))
                  .feature("payments", FeatureBuilder.count().over(DAY, HOUR))
                  .feature("cards_share", FeatureBuilder.ratio("cards", "payments"))
                  .feature("median", FeatureBuilder.quantile("amount", 0.5).over(DAY, HOUR))
                  .feature("most", FeatureBuilder.frequentItems("card", 3).over(DAY, HOUR)))
          .service(
              ServiceBuilder.named("fraud_v1")
                  .request("paid")
                  .feature("shop", "*")
                  .computed("many", "shop__cards > 100")
                  .label("paid", "amount > 10.0", Duration.ofDays(1), "card"))
          .build();

  @TempDir Path root;

  @Test
  void shouldCompareSketchesWithinTheirBoundsAndSayByWhichRule() throws IOException {
    long seed = 77;
    TestStream stream = served(seed);
    stream.store(new OfflineStore(root));

    ParityCheck report = check();

    assertThat(report.mismatches()).as("seed %d", seed).isEmpty();
    assertThat(report.matched()).isEqualTo(stream.predictions.size());
    assertThat(report.estimates())
        .extracting(Estimated::feature, Estimated::rule)
        .containsExactly(
            tuple("shop__cards", "equal up to 64 distinct values, beyond within 7.7 %"),
            tuple("shop__cards_share", "cards equal up to 64 distinct values, beyond within 7.7 %"),
            tuple("shop__median", "equal below 200 values, from there on ranks within 2.6 %"),
            tuple(
                "shop__most", "equal up to 192 distinct items, beyond counts within 1.4 % of all"));
    assertThat(report.estimates().subList(0, 3))
        .as("seed %d: estimates were compared", seed)
        .allSatisfy(estimate -> assertThat(estimate.notEqual()).isGreaterThan(200));
  }

  @Test
  void shouldFindAnEstimateBeyondItsBoundAndOneThatShouldBeExact() throws IOException {
    TestStream stream = served(78);
    List<Prediction> served = stream.predictions;
    int last = served.size() - 1;
    Prediction early = served.get(30);
    forge(served, 30, 0, early.vector().longAt(0) + 1);
    Prediction off = served.get(last);
    forge(served, last, 0, Math.round(off.vector().longAt(0) * 1.2));
    forge(served, last - 1, 3, 0.7 * 1_000);
    forge(served, last - 2, 4, List.of("common", "rare"));
    stream.store(new OfflineStore(root));

    ParityCheck report = check();

    assertThat(report.reasons()).isEqualTo(Map.of(Reason.BEYOND_BOUND, 4L));
    assertThat(report.mismatches())
        .extracting(mismatch -> mismatch.values().get(0).feature())
        .containsExactly("shop__cards", "shop__most", "shop__median", "shop__cards");
    assertThat(report.mismatches().get(0).evidence())
        .isEqualTo("shop__cards: equal up to 64 distinct values, beyond within 7.7 %");
  }

  private static org.assertj.core.groups.Tuple tuple(Object... values) {
    return org.assertj.core.groups.Tuple.tuple(values);
  }

  private static void forge(List<Prediction> served, int at, int index, Object value) {
    Prediction honest = served.get(at);
    Values forged = new Values(honest.vector().size());
    for (int i = 0; i < forged.size(); i++) {
      forged.copyFrom(i, honest.vector(), i);
    }
    forged.setBoxed(index, value);
    served.set(
        at,
        new Prediction(
            honest.id(),
            honest.requestKey(),
            honest.service(),
            honest.model(),
            honest.modelVersion(),
            honest.requestTimeMs(),
            honest.appendedAtMs(),
            honest.scoredAtMs(),
            forged,
            honest.score()));
  }

  private ParityCheck check() {
    return Parity.of(PAYMENTS, "fraud_v1", new OfflineStore(root)).check(1_000_000, 1);
  }

  /** One shop, seven hundred payments in seven hours, most with cards of their own. */
  private static TestStream served(long seed) {
    Random random = new Random(seed);
    TestStream stream = new TestStream(PAYMENTS, "fraud_v1");
    for (int i = 0; i < 700; i++) {
      long at = DAY.toMillis() * 10 + i * 36_000L;
      String card = random.nextInt(5) == 0 ? "common" : "card" + random.nextInt(1_200);
      Values values = Values.of("s", card, random.nextDouble() * 1_000, true, at);
      stream.arrive(List.of(new Event("paid", at, new Position("paid", 0, i), values)));
    }
    assertThat(VectorPlan.of(PAYMENTS.service("fraud_v1"), PAYMENTS).vectorSchema().size())
        .isEqualTo(6);
    return stream;
  }
}
