package io.millrace.inference.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.inference.TrainingRow;
import io.millrace.inference.drift.ReferenceProfile;
import io.millrace.inference.model.Lineage;
import io.millrace.inference.model.LoadedModel;
import io.millrace.inference.model.ModelBundle;
import io.millrace.inference.model.ModelRepository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTrainerTest {
  private static final RowSchema SCHEMA =
      new RowSchema(
          "delay_v1",
          List.of(
              Field.nullable("mean_delay", ValueType.FLOAT64),
              Field.nullable("last_delay", ValueType.INT64),
              Field.nullable("carrier", ValueType.STRING),
              Field.nullable("night", ValueType.BOOL),
              Field.nullable("at", ValueType.TIMESTAMP)));
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));

  private static final Lineage.Snapshot SNAPSHOT =
      new Lineage.Snapshot(
          0, 8_000_000, 9_000_000, Map.of("flights-0", 17L), Map.of("arrived", 3L));

  @TempDir Path folder;
  private ModelRepository repository;

  @BeforeEach
  void open() {
    repository = new ModelRepository(folder.resolve("models"));
  }

  /** Late if the aircraft was late, a little by carrier, and by chance. */
  private static List<TrainingRow> rows(int count, long fromMs, long seed) {
    Random random = new Random(seed);
    List<TrainingRow> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Double mean = random.nextInt(8) == 0 ? null : random.nextGaussian() * 20;
      Long last = random.nextInt(5) == 0 ? null : (long) (random.nextGaussian() * 30);
      String carrier = random.nextInt(20) == 0 ? null : "C" + random.nextInt(12);
      boolean night = random.nextInt(4) == 0;
      double odds =
          -1
              + (mean == null ? 0 : mean / 10)
              + (last == null ? 0.3 : last / 20.0)
              + ("C3".equals(carrier) ? 1 : 0);
      boolean label = random.nextDouble() < 1 / (1 + Math.exp(-odds));
      long timeMs = fromMs + i * 1_000L;
      rows.add(
          new TrainingRow(
              Values.of(mean, last, carrier, night, Instant.ofEpochMilli(timeMs)), label, timeMs));
    }
    return rows;
  }

  private static TrainingRequest request(List<TrainingRow> training) {
    return TrainingRequest.of("delay", "delay_v1", SCHEMA, training, rows(4_000, 1L << 36, 2))
        .withDefinitionsHash("abc")
        .withRequestId("delay/1/9")
        .withSnapshot(SNAPSHOT)
        .withParams(XgboostParams.defaults().withRounds(60));
  }

  private ModelTrainer trainer() {
    return trainer(TrainerOptions.inFolder(folder.resolve("work")));
  }

  private ModelTrainer trainer(TrainerOptions options) {
    return new ModelTrainer(options, repository, CLOCK);
  }

  @Test
  void shouldTrainProveMeasureAndSave() throws Exception {
    List<String> steps = new ArrayList<>();
    List<Integer> rounds = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void step(String name) {
            steps.add(name);
          }

          @Override
          public void round(int round, int of, double logLoss, double auc) {
            assertThat(of).isEqualTo(60);
            assertThat(logLoss).isBetween(0.0, 1.0);
            assertThat(auc).isBetween(0.5, 1.0);
            rounds.add(round);
          }
        };

    ModelBundle bundle =
        trainer()
            .train(
                request(rows(8_000, 0, 1)).withStaticColumns(Set.of("carrier", "night")), listener);

    assertThat(steps)
        .containsExactly(
            "fitting", "training", "parity", "evaluation", "static baseline", "saving");
    assertThat(rounds).startsWith(1, 2, 3);
    assertThat(bundle.version()).isEqualTo(1);
    assertThat(bundle.metrics().parityRows()).isGreaterThanOrEqualTo(11_000);
    assertThat(bundle.metrics().parityMax()).isPositive().isLessThanOrEqualTo(1e-6);
    assertThat(bundle.metrics().model().rows()).isEqualTo(4_000);
    assertThat(bundle.metrics().model().auc()).isGreaterThan(0.8);
    assertThat(bundle.metrics().staticColumns().orElseThrow().auc()).isBetween(0.5, 0.6);
    assertThat(bundle.metrics().constant().auc()).isEqualTo(0.5);
    assertThat(bundle.metrics().model().logLoss())
        .isLessThan(bundle.metrics().constant().logLoss());
    assertThat(bundle.lineage().rows()).isEqualTo(8_000);
    assertThat(bundle.lineage().fromMs()).isZero();
    assertThat(bundle.lineage().toMs()).isEqualTo(7_999_000);
    assertThat(bundle.lineage().heldOutFromMs()).isEqualTo(6_800_000);
    assertThat(bundle.lineage().bestRounds()).isBetween(1, bundle.lineage().rounds());
    assertThat(bundle.lineage().requestId()).isEqualTo("delay/1/9");
    assertThat(bundle.lineage().snapshot()).hasValue(SNAPSHOT);
    assertThat(bundle.lineage().params())
        .containsEntry("tree_method", "hist")
        .containsEntry("enable_categorical", "0");
    assertThat(repository.bundle("delay", 1)).isEqualTo(bundle);
    repository.load("delay", 1).close();
    ReferenceProfile profile =
        ReferenceProfile.fromJson(repository.profile("delay", 1).orElseThrow());
    assertThat(profile.featureNames())
        .containsExactly("mean_delay", "last_delay", "carrier", "night", "at");
    assertThat(profile.paneMs()).isEqualTo(Duration.ofDays(7).toMillis());
    assertThat(folder.resolve("work")).isEmptyDirectory();
  }

  @Test
  void shouldGiveTheSameModelForTheSameSeed() throws Exception {
    TrainingRequest request = request(rows(3_000, 0, 1));

    ModelBundle first = trainer().train(request, TrainingListener.SILENT);
    ModelBundle again = trainer().train(request, TrainingListener.SILENT);

    assertThat(again.version()).isEqualTo(2);
    assertThat(again.onnxSha256()).isEqualTo(first.onnxSha256());
  }

  @Test
  void shouldNotLookAtTheOrderOfRowsForWhatIsHeldOut() throws Exception {
    List<TrainingRow> backwards = new ArrayList<>(rows(3_000, 0, 1));
    Collections.reverse(backwards);

    ModelBundle bundle = trainer().train(request(backwards), TrainingListener.SILENT);

    assertThat(bundle.lineage().heldOutFromMs()).isEqualTo(2_550_000);
  }

  @Test
  void shouldGrowEveryRoundWhenNothingIsHeldOut() throws Exception {
    XgboostParams params = XgboostParams.defaults().withRounds(15).withHeldOut(0);

    ModelBundle bundle =
        trainer().train(request(rows(2_000, 0, 1)).withParams(params), TrainingListener.SILENT);

    assertThat(bundle.lineage().rounds()).isEqualTo(15);
    assertThat(bundle.lineage().bestRounds()).isEqualTo(15);
  }

  @Test
  void shouldTrainOnFewRows() throws Exception {
    ModelBundle bundle = trainer().train(request(rows(40, 0, 1)), TrainingListener.SILENT);

    try (LoadedModel model = repository.load("delay", bundle.version())) {
      assertThat(model.score(rows(1, 0, 9).get(0).vector())).isBetween(0f, 1f);
    }
  }

  @Test
  void shouldRefuseRowsOfOneLabel() {
    List<TrainingRow> never =
        rows(100, 0, 1).stream()
            .map(row -> new TrainingRow(row.vector(), false, row.timeMs()))
            .toList();

    assertThatThrownBy(() -> trainer().train(request(never), TrainingListener.SILENT))
        .isInstanceOf(TrainingException.class)
        .hasMessage("of 100 training rows 0 are true; a model needs rows of both labels");
  }

  @Test
  void shouldRefuseAVectorOfAnotherSize() {
    List<TrainingRow> rows = List.of(new TrainingRow(Values.of(1, 2), true, 0));

    assertThatThrownBy(() -> trainer().train(request(rows), TrainingListener.SILENT))
        .hasMessage("training row 0 has 2 values, but delay_v1 has 5");
  }

  @Test
  void shouldSayThatRowsOfOneInstantCannotBeHeldOut() {
    List<TrainingRow> atOnce =
        rows(100, 0, 1).stream().map(row -> new TrainingRow(row.vector(), row.label(), 5)).toList();

    assertThatThrownBy(() -> trainer().train(request(atOnce), TrainingListener.SILENT))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("the trainer ended with code 1")
        .hasMessageContaining("no rows lie before the latest 15 %");
    assertThat(folder.resolve("work")).isEmptyDirectory();
  }

  @Test
  void shouldShowTheLastWordsOfAChildThatFails() {
    TrainerOptions broken =
        TrainerOptions.inFolder(folder.resolve("work")).withClassPath("nowhere.jar");

    assertThatThrownBy(
            () -> trainer(broken).train(request(rows(100, 0, 1)), TrainingListener.SILENT))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("the trainer ended with code 1; its last lines:")
        .hasMessageContaining("ClassNotFoundException")
        .hasMessageContaining("XgboostProcess");
  }

  @Test
  void shouldStopATrainingThatTakesTooLong() {
    TrainerOptions hasty =
        TrainerOptions.inFolder(folder.resolve("work")).withTimeout(Duration.ofMillis(150));

    assertThatThrownBy(
            () -> trainer(hasty).train(request(rows(1_000, 0, 1)), TrainingListener.SILENT))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("the trainer was stopped after PT0.15S; give it more time");
    assertThat(children()).isZero();
    assertThat(repository.models()).isEmpty();
  }

  @Test
  void shouldKillTheChildWhenInterrupted() {
    TrainingListener interrupter =
        new TrainingListener() {
          @Override
          public void round(int round, int of, double logLoss, double auc) {
            assertThat(children()).isEqualTo(1);
            Thread.currentThread().interrupt();
          }
        };
    XgboostParams endless = XgboostParams.defaults().withRounds(10_000);

    assertThatThrownBy(
            () -> trainer().train(request(rows(20_000, 0, 1)).withParams(endless), interrupter))
        .isInstanceOf(InterruptedException.class);
    assertThat(children()).isZero();
    assertThat(folder.resolve("work")).isEmptyDirectory();
  }

  @Test
  void shouldKillTheChildWhenTheListenerFails() {
    TrainingListener failing =
        new TrainingListener() {
          @Override
          public void round(int round, int of, double logLoss, double auc) {
            throw new IllegalStateException("stop at " + round);
          }
        };

    assertThatThrownBy(() -> trainer().train(request(rows(1_000, 0, 1)), failing))
        .hasMessage("stop at 1");
    assertThat(children()).isZero();
  }

  private static long children() {
    return ProcessHandle.current().children().filter(ProcessHandle::isAlive).count();
  }

  private void assertFailsAndLeavesNothing(
      Class<?> program, TrainerOptions options, String reason) {
    ModelTrainer trainer = new ModelTrainer(options, repository, CLOCK, program);

    assertThatThrownBy(() -> trainer.train(request(rows(500, 0, 1)), TrainingListener.SILENT))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining(reason);
    assertThat(children()).as("children of %s", program.getSimpleName()).isZero();
    assertThat(folder.resolve("work")).isEmptyDirectory();
    assertThat(repository.models()).isEmpty();
  }

  @Test
  void shouldFailWithTheReasonWhenTheTrainerDoes() {
    TrainerOptions options = TrainerOptions.inFolder(folder.resolve("work"));

    assertFailsAndLeavesNothing(
        BrokenTrainer.Hanging.class,
        options.withTimeout(Duration.ofSeconds(2)),
        "the trainer was stopped after PT2S; give it more time or fewer rows; its last lines:\n"
            + "@round 1");
    assertFailsAndLeavesNothing(
        BrokenTrainer.Exiting.class,
        options,
        "the trainer ended with code 1; its last lines:\nout of luck");
    assertFailsAndLeavesNothing(
        BrokenTrainer.Idle.class, options, "the trainer ended without a result");
    assertFailsAndLeavesNothing(
        BrokenTrainer.Filling.class,
        options.withMaxWorkBytes(1_000_000).withTimeout(Duration.ofMinutes(2)),
        "bytes, above the disk quota of 1,000,000; give fewer rows or a larger quota");
  }

  @Test
  void shouldKillAHangingTrainerWhenInterrupted() {
    ModelTrainer trainer =
        new ModelTrainer(
            TrainerOptions.inFolder(folder.resolve("work")),
            repository,
            CLOCK,
            BrokenTrainer.Hanging.class);
    TrainingListener interrupter =
        new TrainingListener() {
          @Override
          public void round(int round, int of, double logLoss, double auc) {
            Thread.currentThread().interrupt();
          }
        };

    assertThatThrownBy(() -> trainer.train(request(rows(500, 0, 1)), interrupter))
        .isInstanceOf(InterruptedException.class);
    assertThat(children()).isZero();
    assertThat(folder.resolve("work")).isEmptyDirectory();
    assertThat(repository.models()).isEmpty();
  }

  @Test
  void shouldNotBeginRowsThatPassTheDiskQuota() {
    // 24 bytes, and 12 + 5 * 4 for each of 500 rows.
    TrainerOptions options =
        TrainerOptions.inFolder(folder.resolve("work")).withMaxWorkBytes(16_023);

    assertFailsAndLeavesNothing(
        BrokenTrainer.Idle.class, options, "500 training rows take 16,024 bytes in ");
    assertFailsAndLeavesNothing(
        BrokenTrainer.Idle.class,
        options.withMaxWorkBytes(1_000_000),
        "the trainer ended without a result");
  }

  @Test
  void shouldRefuseParametersOutOfRange() {
    assertThatThrownBy(() -> XgboostParams.defaults().withEta(0))
        .hasMessage("eta is 0.0; give above 0, at most 1");
    assertThatThrownBy(() -> XgboostParams.defaults().withHeldOut(0.9))
        .hasMessage("heldOut is 0.9; give 0 to 0.5");
  }

  @Test
  void shouldNameAStaticColumnThatDoesNotExist() {
    assertThatThrownBy(() -> request(List.of()).withStaticColumns(Set.of("weather")))
        .hasMessageStartingWith("delay_v1 has no field weather");
  }

  @Test
  void shouldLeaveNothingBehindOfAFailedTraining() throws Exception {
    Files.createDirectories(folder.resolve("work"));

    assertThatThrownBy(() -> trainer().train(request(List.of()), TrainingListener.SILENT))
        .hasMessage("of 0 training rows 0 are true; a model needs rows of both labels");
    assertThat(folder.resolve("work")).isEmptyDirectory();
    assertThat(repository.versions("delay")).isEmpty();
  }
}
