package io.millrace.feature.window;

import static io.millrace.feature.window.TestPayments.EVENTS;
import static io.millrace.feature.window.TestPayments.START;
import static io.millrace.feature.window.TestPayments.view;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Aggregation;
import io.millrace.feature.AggregationParameters;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sums, counts and extremes that run along from row to row are to the bit those of all tiles, or do
 * not run.
 */
class RunningSumsTest {
  private static final int EVENTS_OF_A_RUN = 3_000;

  private static final List<WindowSpec> WINDOWS =
      List.of(
          WindowSpec.slidingByTiles(Duration.ofMinutes(30), Duration.ofMinutes(1)),
          WindowSpec.slidingByTiles(Duration.ofHours(2), Duration.ofMinutes(1)),
          WindowSpec.slidingByTiles(Duration.ofDays(1), Duration.ofMinutes(30)),
          WindowSpec.slidingExact(Duration.ofMinutes(20)),
          // More tiles than are looked at one by one.
          WindowSpec.slidingExact(Duration.ofHours(40)),
          WindowSpec.slidingByTiles(Duration.ofHours(1), Duration.ofMinutes(5))
              .delayedBy(Duration.ofMinutes(10)),
          WindowSpec.tumbling(Duration.ofHours(1)));

  /** What the doubles are like, and whether sums of them run. */
  private enum Numbers {
    PRICES(true) {
      @Override
      double next(Random random) {
        return (random.nextInt(2_000_000) - 500_000) / 100.0;
      }
    },
    ZEROS(true) {
      @Override
      double next(Random random) {
        return random.nextBoolean() ? 0.0 : -0.0;
      }
    },
    /** Few bits, far from one. */
    TINY(true) {
      @Override
      double next(Random random) {
        return Double.MIN_VALUE * (random.nextInt(2_000) - 1_000);
      }
    },
    /** Cancel each other, and what is left has bits that the sum before had no room for. */
    OF_TWO_SCALES(false) {
      @Override
      double next(Random random) {
        double sign = random.nextBoolean() ? 1 : -1;
        return sign * (random.nextInt(3) == 0 ? 0x1.8p+60 : 0x1.0000001p-60 * random.nextDouble());
      }
    },
    OF_ANY_SCALE(false) {
      @Override
      double next(Random random) {
        return random.nextGaussian() * Math.pow(10, random.nextInt(200) - 100);
      }
    },
    /** Of INT64, which always run; some overflow. */
    LONGS(true) {
      @Override
      double next(Random random) {
        return 0;
      }
    },
    ALMOST_INFINITE(false) {
      @Override
      double next(Random random) {
        return (random.nextBoolean() ? 1 : -1) * Double.MAX_VALUE * random.nextDouble();
      }
    };

    private final boolean run;

    Numbers(boolean run) {
      this.run = run;
    }

    abstract double next(Random random);
  }

  @ParameterizedTest
  @EnumSource(Numbers.class)
  void shouldBeThoseOfAllTilesToTheBit(Numbers numbers) {
    long seed = 4_100 + numbers.ordinal();
    Random random = new Random(seed);
    boolean areDoubles = numbers != Numbers.LONGS;
    FeatureView view = everySum(areDoubles ? "rate" : "amount");
    ViewAggregator aggregator = ViewAggregator.of(view, EVENTS);
    RowMaker maker = aggregator.rowMaker();
    Reading reading = maker.reading();
    byte[] state = ViewAggregator.EMPTY;
    long lastMs = START;
    int wakes = 0;
    int running = 0;
    for (int i = 0; i < EVENTS_OF_A_RUN; i++) {
      // Bursts, gaps, some of the same time and some late.
      lastMs += random.nextInt(40) == 0 ? random.nextInt(20_000_000) : random.nextInt(60_000);
      long timeMs = random.nextInt(12) == 0 ? lastMs - random.nextInt(9_000_000) : lastMs;
      boolean isSpoilt = !numbers.run && random.nextInt(300) == 0;
      double value =
          isSpoilt
              ? random.nextBoolean() ? Double.NaN : Double.NEGATIVE_INFINITY
              : numbers.next(random);
      long number = random.nextLong() >> random.nextInt(60);
      Values event = Values.of("c", number, value, null, i % 3 == 0, null, null);
      state = maker.add(state, timeMs, i, aggregator.contribution(event), reading);
      long asOfMs = Math.max(lastMs, timeMs) + 1;
      for (int row = 0; row < 4; row++) {
        state = maker.row(state, asOfMs, feature -> {}, reading);
        String situation = "seed %d, event %d, row %d as of %d".formatted(seed, i, row, asOfMs);
        assertThat(reading.row()).as(situation).isEqualTo(aggregator.valuesAt(state, asOfMs));
        assertThat(reading.nextChangeMs())
            .as(situation)
            .isEqualTo(aggregator.nextChangeAfter(state, asOfMs));
        if (random.nextInt(3) == 0 || reading.nextChangeMs() > asOfMs + 600_000) {
          break;
        }
        asOfMs = reading.nextChangeMs();
        wakes++;
      }
      lastMs = Math.max(lastMs, asOfMs - 1);
      running += sumsThatRun(reading);
    }
    assertThat(wakes).as("seed %d", seed).isGreaterThan(500);
    if (!areDoubles) {
      return;
    }
    if (numbers.run) {
      assertThat(running).as("seed %d", seed).isGreaterThan(2 * EVENTS_OF_A_RUN);
    } else {
      assertThat(running).as("seed %d", seed).isLessThan(EVENTS_OF_A_RUN);
    }
  }

  /** The third of the five numbers that are kept of a window's sum of doubles: its count. */
  private static int sumsThatRun(Reading reading) {
    int running = 0;
    for (long[] ofTrack : reading.running) {
      for (int at = 2; at < ofTrack.length; at += 5) {
        running += ofTrack[at] >= 0 ? 1 : 0;
      }
    }
    return running;
  }

  private static FeatureView everySum(String input) {
    List<Feature> features = new ArrayList<>();
    for (WindowSpec window : WINDOWS) {
      for (Aggregation aggregation :
          List.of(
              Aggregation.COUNT,
              Aggregation.SUM,
              Aggregation.AVG,
              Aggregation.MIN,
              Aggregation.MAX)) {
        for (Optional<String> where : List.of(Optional.<String>empty(), Optional.of("online"))) {
          boolean hasDefault = aggregation != Aggregation.COUNT && features.size() % 7 == 0;
          features.add(
              new Feature(
                  "f" + features.size(),
                  aggregation,
                  input,
                  AggregationParameters.NONE,
                  where,
                  window,
                  hasDefault ? Optional.of("7") : Optional.empty(),
                  ""));
        }
      }
    }
    return view(features.toArray(Feature[]::new));
  }
}
