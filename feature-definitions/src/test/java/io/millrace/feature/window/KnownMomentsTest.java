package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.START;
import static io.millrace.feature.window.TestPayments.feature;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Moments whose values are known: the certified ones of NIST's Statistical Reference Datasets
 * NumAcc1 to NumAcc4, made to show cancellation, and closed forms of distributions.
 */
class KnownMomentsTest {
  /**
   * @param within what the mean and the deviation may be off, relatively: numbers such as
   *     10000000.2 are none of a double, so the data themselves are off by as much
   */
  private record Known(
      String name,
      List<Double> data,
      double mean,
      double sd,
      Double skewness,
      Double kurtosis,
      double within) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Known> known() {
    double n = 1_000;
    return List.of(
        new Known(
            "NumAcc1", List.of(10000001.0, 10000003.0, 10000002.0), 10000002, 1, 0.0, -1.5, 1e-15),
        new Known("NumAcc2", alternating(1.2, 1.1, 1.3), 1.2, 0.1, 0.0, null, 1e-13),
        new Known(
            "NumAcc3",
            alternating(1000000.2, 1000000.1, 1000000.3),
            1000000.2,
            0.1,
            null,
            null,
            1e-8),
        new Known(
            "NumAcc4",
            alternating(10000000.2, 10000000.1, 10000000.3),
            10000000.2,
            0.1,
            null,
            null,
            1e-7),
        new Known(
            "1 to 1000, from a million on",
            IntStream.rangeClosed(1, (int) n).mapToObj(i -> 1e6 + i).toList(),
            1e6 + (n + 1) / 2,
            Math.sqrt(n * (n + 1) / 12),
            0.0,
            -6 * (n * n + 1) / (5 * (n * n - 1)),
            1e-12),
        new Known(
            "one of four is one",
            IntStream.range(0, (int) n).mapToObj(i -> i % 4 == 0 ? 1.0 : 0.0).toList(),
            0.25,
            Math.sqrt(0.25 * 0.75 * n / (n - 1)),
            (1 - 2 * 0.25) / Math.sqrt(0.25 * 0.75),
            (1 - 6 * 0.25 * 0.75) / (0.25 * 0.75),
            1e-13));
  }

  /** The first, then a thousand of two in turn. */
  private static List<Double> alternating(double first, double low, double high) {
    return IntStream.rangeClosed(0, 1_000)
        .mapToObj(i -> i == 0 ? first : i % 2 == 1 ? low : high)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("known")
  void shouldHaveTheValuesThatAreKnown(Known known) {
    // Once in few tiles, to which is added; once in a tile each, which are merged.
    for (WindowSpec window :
        List.of(
            WindowSpec.slidingByTiles(Duration.ofDays(1), Duration.ofHours(6)),
            WindowSpec.slidingExact(Duration.ofDays(1)))) {
      ViewAggregator aggregator =
          ViewAggregator.of(
              TestPayments.view(
                  feature("mean", Aggregation.AVG, "rate", window),
                  feature("sd", Aggregation.STDDEV_SAMP, "rate", window),
                  feature("skewness", Aggregation.SKEWNESS, "rate", window),
                  feature("kurtosis", Aggregation.KURTOSIS, "rate", window)),
              EVENTS);
      byte[] state = ViewAggregator.EMPTY;
      for (int i = 0; i < known.data().size(); i++) {
        Position position = new Position("payments", 0, i);
        state =
            TestPayments.add(
                aggregator,
                state,
                TestPayments.event(START + i, position, 1L, known.data().get(i), true, "a"));
      }
      Values values = aggregator.valuesAt(state, START + known.data().size());
      assertThat(values.doubleAt(0)).isCloseTo(known.mean(), within(1e-15 * known.mean()));
      assertThat(values.doubleAt(1)).isCloseTo(known.sd(), within(known.within() * known.sd()));
      if (known.skewness() != null) {
        assertThat(values.doubleAt(2)).isCloseTo(known.skewness(), within(1e-9));
      }
      if (known.kurtosis() != null) {
        assertThat(values.doubleAt(3)).isCloseTo(known.kurtosis(), within(1e-9));
      }
    }
  }
}
