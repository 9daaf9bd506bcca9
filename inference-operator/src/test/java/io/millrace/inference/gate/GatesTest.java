package io.millrace.inference.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.model.ModelRepository;
import io.millrace.inference.train.ModelTrainer;
import io.millrace.inference.train.TrainerOptions;
import io.millrace.inference.train.TrainingListener;
import io.millrace.inference.train.TrainingRequest;
import io.millrace.inference.train.XgboostParams;
import io.millrace.schema.FeatureContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Version 1 learnt what held before the change, version 2 what holds since, version 3 shuffled
 * labels, version 4 the same as 1.
 */
class GatesTest {
  private static final RowSchema SCHEMA =
      new RowSchema(
          "delay_v1",
          List.of(
              Field.nullable("mean_delay", ValueType.FLOAT64),
              Field.nullable("carrier", ValueType.STRING)));
  private static final long DAY_MS = 86_400_000L;
  private static final FeatureContract CONTRACT = FeatureContract.of(SCHEMA);
  private static final List<TrainingRow> HOLDOUT = rows(4_000, true, 3);

  @TempDir static Path folder;
  private static ModelRepository repository;

  /** Since the change more is flown by C9, whose flights are late when others are not. */
  private static List<TrainingRow> rows(int count, boolean changed, long seed) {
    Random random = new Random(seed);
    List<TrainingRow> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double mean = random.nextGaussian() * 20;
      boolean newcomer = random.nextInt(10) < (changed ? 4 : 1);
      double odds = (newcomer && changed ? -mean : mean) / 8 - 0.5;
      boolean label = random.nextDouble() < 1 / (1 + Math.exp(-odds));
      rows.add(
          new TrainingRow(
              Values.of(mean, newcomer ? "C9" : "C" + random.nextInt(5)),
              label,
              i * 20 * DAY_MS / count));
    }
    return rows;
  }

  private static List<TrainingRow> shuffled(List<TrainingRow> rows) {
    Random random = new Random(8);
    return rows.stream()
        .map(row -> new TrainingRow(row.vector(), random.nextInt(3) == 0, row.timeMs()))
        .toList();
  }

  @BeforeAll
  static void train() throws Exception {
    repository = new ModelRepository(folder.resolve("models"));
    ModelTrainer trainer =
        new ModelTrainer(
            TrainerOptions.inFolder(folder.resolve("work")),
            repository,
            InstantSource.fixed(Instant.EPOCH));
    for (List<TrainingRow> rows :
        List.of(
            rows(5_000, false, 1),
            rows(5_000, true, 2),
            shuffled(rows(5_000, true, 2)),
            rows(5_000, false, 1))) {
      trainer.train(
          TrainingRequest.of("delay", "delay_v1", SCHEMA, rows, rows(1_000, true, 5))
              .withParams(XgboostParams.defaults().withRounds(40)),
          TrainingListener.SILENT);
    }
    // As good as the second, of twenty times its trees.
    trainer.train(
        TrainingRequest.of("delay", "delay_v1", SCHEMA, rows(5_000, true, 2), rows(1_000, true, 5))
            .withParams(new XgboostParams(800, 6, 0.01, 1, 1, 1, 1, 256, 0, 20, 1, 7)),
        TrainingListener.SILENT);
    repository.promote("delay", 1);
  }

  @AfterEach
  void championIsUntouched() {
    assertThat(repository.champion("delay")).hasValue(1);
    assertThat(repository.previous("delay")).isEmpty();
  }

  private static Candidate candidate(int version, String... drifted) {
    return new Candidate("delay", version, CONTRACT, HOLDOUT, List.of(drifted));
  }

  private static GateReport check(Candidate candidate) {
    return new Gates(repository, GateLimits.defaults()).check(candidate);
  }

  private static void assertRefusedBy(GateReport report, String gate, String detail) {
    assertThat(report.refusal()).as(report.summary()).isPresent();
    assertThat(report.refusal().get().gate()).as(report.summary()).isEqualTo(gate);
    assertThat(report.summary()).contains(detail);
    assertThat(repository.verdicts(report.model(), report.candidate()))
        .as("kept verdicts")
        .hasValue(report.toJson());
  }

  @Test
  void shouldPassAModelThatLearntTheChange() {
    GateReport report = check(candidate(2, "carrier", "score"));

    assertThat(report.passed()).as(report.summary()).isTrue();
    assertThat(report.verdicts().stream().map(Verdict::gate)).isEqualTo(Gates.NAMES);
    assertThat(report.verdicts().get(4).detail())
        .matches("1,[4-7]\\d\\d of 4,000 rows, where carrier, score gained most");
    assertThat(report.champion()).isEqualTo(1);
    assertThat(repository.verdicts("delay", 2).orElseThrow())
        .contains("\"passed\" : true", "\"gate\" : \"latency\"");
  }

  @Test
  void shouldPassARenewedModelThatIsBetterOnAllRowsWhereNothingDrifted() {
    GateReport report = check(candidate(2));

    assertThat(report.passed()).as(report.summary()).isTrue();
    assertThat(report.verdicts().get(4).detail())
        .isEqualTo("all 4,000 rows, since no feature is named that drifted");
  }

  @Test
  void shouldRefuseAModelThatLearntFromShuffledLabels() {
    assertRefusedBy(check(candidate(3, "carrier")), "holdout", "AUC -0.0");
  }

  @Test
  void shouldRefuseAModelThatIsNotBetterOnWhatDrifted() {
    assertRefusedBy(check(candidate(4)), "drifted", "log-loss +0.0000 [+0.0000, +0.0000]");
  }

  @Test
  void shouldRefuseAModelThatIsSlow() {
    GateLimits limits = GateLimits.defaults();
    GateReport report =
        new Gates(
                repository,
                new GateLimits(
                    limits.maxOnnxBytes(),
                    limits.lossMargin(),
                    limits.aucMargin(),
                    limits.latencyRatio(),
                    0,
                    limits.resamples(),
                    limits.seed()))
            .check(candidate(5, "carrier"));

    assertRefusedBy(report, "latency", "processor time of a batch of 64 rows");
  }

  @Test
  void shouldRefuseATruncatedModel() throws Exception {
    int version = copyOf(2, "delay");
    Path onnx = repository.folder("delay", version).resolve("model.onnx");
    Files.write(onnx, Arrays.copyOf(Files.readAllBytes(onnx), 500));

    assertRefusedBy(check(candidate(version)), "scan", "it is not an ONNX model");
  }

  @Test
  void shouldRefuseAModelThatIsNotWhatWasSaved() throws Exception {
    int version = copyOf(2, "delay");
    Files.copy(
        repository.folder("delay", 1).resolve("model.onnx"),
        repository.folder("delay", version).resolve("model.onnx"),
        StandardCopyOption.REPLACE_EXISTING);

    assertRefusedBy(check(candidate(version)), "golden", "it was changed or damaged");
  }

  @Test
  void shouldRefuseAModelOfAnotherContract() {
    RowSchema wider =
        SCHEMA.plus(new RowSchema("more", List.of(Field.nullable("wind", ValueType.FLOAT64))));
    Candidate other =
        new Candidate("delay", 2, FeatureContract.of(wider), HOLDOUT, List.of("carrier"));

    assertRefusedBy(check(other), "contract", "wind");
  }

  @Test
  void shouldRefuseAModelThatIsTooLarge() {
    GateReport report =
        new Gates(repository, GateLimits.defaults().withMaxOnnxBytes(1_000))
            .check(candidate(2, "carrier"));

    assertRefusedBy(report, "scan", "required is at most 1,000 bytes");
  }

  @Test
  void shouldRefuseToJudgeByTooFewDays() {
    List<TrainingRow> fourDays = HOLDOUT.stream().filter(row -> row.timeMs() < 4 * DAY_MS).toList();

    assertRefusedBy(
        check(new Candidate("delay", 2, CONTRACT, fourDays, List.of())),
        "holdout",
        "800 rows of 4 days; required is 200 rows of 5 days or more");
  }

  @Test
  void shouldGiveTheSameVerdictsForTheSameSeed() {
    assertThat(check(candidate(2, "carrier")).verdicts().subList(0, 5))
        .isEqualTo(check(candidate(2, "carrier")).verdicts().subList(0, 5));
  }

  /** A version of its own, so that it can be damaged. */
  private static int copyOf(int version, String model) throws Exception {
    int copy = repository.latest(model).orElseThrow() + 1;
    Path from = repository.folder(model, version);
    Path to = Files.createDirectory(repository.folder(model, copy));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.sorted(Comparator.naturalOrder()).toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
    Path bundle = to.resolve("bundle.json");
    Files.writeString(
        bundle,
        Files.readString(bundle).replace("\"version\" : " + version, "\"version\" : " + copy));
    return copy;
  }
}
