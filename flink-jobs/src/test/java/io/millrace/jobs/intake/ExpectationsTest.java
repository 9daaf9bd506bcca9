package io.millrace.jobs.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.EventSource;
import io.millrace.feature.Expectation;
import io.millrace.feature.Values;
import io.millrace.feature.definition.SourceBuilder;
import org.junit.jupiter.api.Test;

class ExpectationsTest {
  private static final EventSource PAYMENTS =
      SourceBuilder.named("payments")
          .schema(
              """
              {"type": "record", "name": "payment", "fields": [
                {"name": "amount", "type": ["null", "long"], "default": null},
                {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
              """)
          .eventTime("at")
          .expect("round", "amount % 10 == 0", Expectation.OnFail.TAG)
          .expect("small", "amount < 1000", Expectation.OnFail.DEAD_LETTER)
          .expect("positive", "amount > 0", Expectation.OnFail.DROP)
          .build();

  private final CountedMetrics metrics = new CountedMetrics();
  private final Expectations expectations = Expectations.of(PAYMENTS, metrics);

  @Test
  void shouldCountEachFailureAndStopAtTheFirstThatKeepsTheEventOut() {
    assertThat(expectations.keptOutBy(payment(10L))).isEmpty();
    assertThat(expectations.keptOutBy(payment(15L))).as("tagged").isEmpty();
    assertThat(expectations.keptOutBy(payment(2001L)).orElseThrow().name()).isEqualTo("small");
    assertThat(expectations.keptOutBy(payment(-10L)).orElseThrow().name()).isEqualTo("positive");
    assertThat(failed("round")).as("15 and 2001").isEqualTo(2);
    assertThat(failed("small")).isEqualTo(1);
    assertThat(failed("positive")).isEqualTo(1);
  }

  @Test
  void shouldTakeNullForHeld() {
    assertThat(expectations.keptOutBy(payment(null))).isEmpty();
    assertThat(failed("round")).isZero();
  }

  private long failed(String name) {
    return metrics.count("millrace.source.payments.expectation." + name + ".failed");
  }

  private static Values payment(Long amount) {
    return Values.of(amount, 0L);
  }
}
