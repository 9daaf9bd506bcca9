package io.millrace.inference.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.millrace.feature.Values;
import io.millrace.feature.loop.Outcome;
import io.millrace.inference.Evaluation;
import io.millrace.inference.TrainingRow;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CountsTest {
  private static final long SEED = 11;

  private final SimulatedRows rows = new SimulatedRows(SEED);
  private final ReferenceProfile profile = rows.profile(4, 500);

  @Test
  void shouldCountTheSameHoweverRowsAreSplit() {
    List<TrainingRow> week = rows.week(9, 2000);
    PaneCounts[] parts = {PaneCounts.of(profile), PaneCounts.of(profile), PaneCounts.of(profile)};
    OutcomeCounts[] outcomes = {new OutcomeCounts(), new OutcomeCounts(), new OutcomeCounts()};
    Random random = new Random(SEED);
    for (TrainingRow row : week) {
      int part = random.nextInt(3);
      double score = SimulatedRows.score(row.vector());
      parts[part].add(row.vector(), score);
      outcomes[part].add(SimulatedRows.labelled(score, row.label()));
    }
    parts[2].merge(parts[0]);
    parts[2].merge(PaneCounts.fromBytes(profile, parts[1].toBytes()));
    outcomes[2].merge(outcomes[0]);
    outcomes[2].merge(OutcomeCounts.fromBytes(outcomes[1].toBytes()));

    assertThat(parts[2].toBytes())
        .as("seed %d", SEED)
        .isEqualTo(SimulatedRows.counts(profile, week).toBytes());
    OutcomeCounts whole = SimulatedRows.outcomes(week);
    assertThat(outcomes[2].auc()).as("seed %d", SEED).isEqualTo(whole.auc());
    assertThat(outcomes[2].logLoss()).as("seed %d", SEED).isCloseTo(whole.logLoss(), within(1e-12));
    assertThat(outcomes[2].labelled()).isEqualTo(2000);
  }

  @Test
  void shouldMeasureAsExactlyAsAllScoresTogether() {
    Evaluation.Collector exact = new Evaluation.Collector();
    OutcomeCounts binned = new OutcomeCounts();
    for (TrainingRow row : rows.weeks(9, 14, 4000)) {
      float score = (float) SimulatedRows.score(row.vector());
      exact.add(score, row.label());
      binned.add(SimulatedRows.labelled(score, row.label()));
    }
    assertThat(binned.auc()).as("seed %d", SEED).isCloseTo(exact.evaluation().auc(), within(5e-4));
    assertThat(binned.logLoss())
        .as("seed %d", SEED)
        .isCloseTo(exact.evaluation().logLoss(), within(1e-9));
  }

  @Test
  void shouldTellKnownFromUnknownOutcomes() {
    OutcomeCounts counts = new OutcomeCounts();
    assertThat(counts.completeness()).isEqualTo(1);
    assertThat(counts.auc()).isNaN();
    assertThat(counts.logLoss()).isNaN();
    counts.add(SimulatedRows.labelled(1, true));
    counts.add(SimulatedRows.labelled(0, true));
    counts.add(SimulatedRows.labelled(Double.NaN, true));
    counts.add(SimulatedRows.without(0.5, Outcome.Status.UNANSWERED));
    assertThat(counts.predictions()).isEqualTo(4);
    assertThat(counts.labelled()).isEqualTo(2);
    assertThat(counts.noLabel()).isEqualTo(1);
    assertThat(counts.completeness()).isEqualTo(0.75);
    assertThat(counts.auc()).as("there is no false label").isNaN();
    assertThat(counts.logLoss()).isCloseTo(-Math.log(1e-7) / 2, within(1e-6));
  }

  @Test
  void shouldCountWhatIsNoOrdinaryNumber() {
    PaneCounts counts = PaneCounts.of(profile);
    for (double odd : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -1e300}) {
      Values values = rows.week(9, 1).get(0).vector();
      values.setDouble(SimulatedRows.FAST, odd);
      values.setNull(SimulatedRows.KIND);
      counts.add(values, Double.NaN);
    }
    assertThat(counts.rows()).isEqualTo(3);
    assertThat(counts.bins(SimulatedRows.FAST)[Bins.NULL]).isEqualTo(1);
    assertThat(counts.outOfRange(SimulatedRows.FAST)).isEqualTo(2);
    assertThat(counts.bins(SimulatedRows.KIND)[Bins.NULL]).isEqualTo(3);
    assertThat(counts.bins(SimulatedRows.VECTOR.size())[Bins.NULL]).isEqualTo(3);
  }

  @Test
  void shouldPutBothZerosIntoOneBin() {
    Bins bins = Bins.numbers(io.millrace.feature.ValueType.FLOAT64, new double[] {-1, 0, 1});
    assertThat(bins.ofNumber(bins.number(Values.of(-0.0), 0)))
        .isEqualTo(bins.ofNumber(bins.number(Values.of(0.0), 0)))
        .isEqualTo(2);
  }

  @Test
  void shouldAllocateNothingPerRow() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    List<TrainingRow> week = rows.week(9, 1000);
    PaneCounts counts = PaneCounts.of(profile);
    week.forEach(row -> counts.add(row.vector(), 0.5));
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 50; i++) {
      for (int row = 0; row < week.size(); row++) {
        counts.add(week.get(row).vector(), 0.5);
      }
    }
    double bytes = (threads.getCurrentThreadAllocatedBytes() - before) / 50_000.0;
    assertThat(bytes).as("bytes a row").isLessThan(1);
  }

  @Test
  void shouldRefuseBytesAndCountsOfAnotherProfile() {
    ReferenceProfile other =
        ReferenceProfile.builder(SimulatedRows.VECTOR, SimulatedRows.WEEK)
            .build(rows.weeks(0, 2, 20), rows.weeks(2, 3, 20), SimulatedRows::score);
    byte[] bytes = PaneCounts.of(profile).toBytes();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PaneCounts.fromBytes(other, bytes))
        .withMessageContaining(bytes.length + " bytes of counts do not belong to this profile");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PaneCounts.of(profile).merge(PaneCounts.of(other)))
        .withMessage("counts of another profile cannot be added");
    byte[] later = bytes.clone();
    later[0] = 2;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PaneCounts.fromBytes(profile, later))
        .withMessage("counts of version 2 cannot be read");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OutcomeCounts.fromBytes(new byte[3]))
        .withMessage("3 bytes are no counts of outcomes");
  }

  @Test
  void shouldReadAProfileAsItWasWritten() {
    ReferenceProfile read = ReferenceProfile.fromJson(profile.toJson());
    assertThat(read.toJson()).isEqualTo(profile.toJson());
    assertThat(read.featureNames())
        .containsExactly("fast", "slow", "daily", "kind", "small", "gappy");
    assertThat(read.paneMs()).isEqualTo(SimulatedRows.WEEK.toMillis());
    List<TrainingRow> week = rows.week(9, 400);
    assertThat(SimulatedRows.counts(read, week).toBytes())
        .isEqualTo(SimulatedRows.counts(profile, week).toBytes());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReferenceProfile.fromJson("{\"format\": 2}"))
        .withMessage("profile.json has the format 2; this version reads 1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ReferenceProfile.fromJson(profile.toJson().replaceFirst("\"most_top\"", "\"x\"")))
        .withMessage("profile.json, feature fast: profile.json has no most_top");
  }
}
