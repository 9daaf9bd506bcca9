package io.millrace.server.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.feature.Values;
import io.millrace.inference.model.LoadedModel;
import io.millrace.inference.model.ModelRepository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoringModelsTest {
  private static final long SEED = 21;

  @TempDir Path root;
  private ModelRepository repository;

  @BeforeEach
  void save() {
    repository = new ModelRepository(root);
    TestModels.save(repository, 1);
    TestModels.save(repository, 2);
    repository.promote("delay", 1);
  }

  private ScoringModels models() {
    return ScoringModels.watching(repository, Duration.ofHours(1));
  }

  @Test
  void shouldSwapWhileRequestsRunAndFreeTheOldAfterItsLast() {
    try (ScoringModels models = models()) {
      ServedModel held = models.champion("delay");
      assertThat(held.version()).isEqualTo(1);

      repository.promote("delay", 2);
      models.refresh();

      try (ServedModel next = models.champion("delay")) {
        assertThat(next.version()).isEqualTo(2);
      }
      assertThat(held.retain()).as("still held by its request").isTrue();
      held.close();
      held.close();
      assertThat(held.retain()).as("freed after its last request").isFalse();
      assertThatThrownBy(held::close)
          .hasMessage("model delay version 1 was let go of more often than held");
    }
  }

  @Test
  void shouldNeverFailARequestDuringAHundredSwaps() throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(3);
    AtomicBoolean done = new AtomicBoolean();
    List<Values> rows = vectors(3);
    float[][] due = {scores(1, rows), scores(2, rows)};
    try (ScoringModels models = models()) {
      List<Future<Integer>> calls = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        calls.add(
            callers.submit(
                () -> {
                  int count = 0;
                  while (!done.get()) {
                    try (ServedModel model = models.champion("delay")) {
                      float[] scores = model.score(3, writer(model, rows));
                      assertThat(scores).isEqualTo(due[model.version() - 1]);
                      count++;
                    }
                  }
                  return count;
                }));
      }
      for (int i = 0; i < 100; i++) {
        repository.promote("delay", 1 + (i + 1) % 2);
        models.refresh();
      }
      done.set(true);
      for (Future<Integer> call : calls) {
        assertThat(call.get()).isPositive();
      }
    } finally {
      done.set(true);
      callers.shutdownNow();
    }
  }

  @Test
  void shouldScoreToTheBitAlikeInEveryBatchSize() throws Exception {
    List<Values> rows = vectors(150);
    float[] due = scores(1, rows);
    try (ScoringModels models = models();
        ServedModel model = models.champion("delay")) {
      for (int count : new int[] {1, 2, 3, 63, 64, 65, 150}) {
        float[] scores = model.score(count, writer(model, rows));
        for (int i = 0; i < count; i++) {
          assertThat(Float.floatToRawIntBits(scores[i]))
              .as("row %d of %d, seed %d", i, count, SEED)
              .isEqualTo(Float.floatToRawIntBits(due[i]));
        }
      }
    }
  }

  @Test
  void shouldKeepTheOldChampionWhereTheNewOneIsDamaged() throws Exception {
    try (ScoringModels models = models()) {
      Path onnx = repository.folder("delay", 2).resolve("model.onnx");
      byte[] bytes = Files.readAllBytes(onnx);
      bytes[bytes.length / 2] ^= 1;
      Files.write(onnx, bytes);

      repository.promote("delay", 2);
      models.refresh();

      try (ServedModel model = models.champion("delay")) {
        assertThat(model.version()).isEqualTo(1);
      }
      assertThat(models.problem("delay"))
          .hasValueSatisfying(p -> assertThat(p).contains("damaged"));
      assertThatThrownBy(() -> models.version("delay", 2))
          .isInstanceOf(io.millrace.server.serve.Refusal.class)
          .hasMessageStartingWith("model delay version 2 cannot score: ");
    }
  }

  @Test
  void shouldTakeVersionsByNumberAndForgetTheLongestUnused() {
    for (int i = 3; i <= 7; i++) {
      TestModels.save(repository, i);
    }
    try (ScoringModels models = models()) {
      ServedModel second = models.version("delay", 2);
      for (int i = 3; i <= 7; i++) {
        models.version("delay", i).close();
      }

      assertThat(second.version()).as("held by its request").isEqualTo(2);
      second.close();
      assertThat(second.retain()).as("forgotten").isFalse();
      assertThatThrownBy(() -> models.version("delay", 9))
          .hasMessage("model delay has no version 9; it has [1, 2, 3, 4, 5, 6, 7]");
      assertThatThrownBy(() -> models.champion("fraud"))
          .hasMessage("there is no model 'fraud'; there are [delay]");
    }
  }

  private static List<Values> vectors(int count) {
    Random random = new Random(SEED);
    return IntStream.range(0, count).mapToObj(i -> TestModels.vector(random)).toList();
  }

  private static ServedModel.RowWriter writer(ServedModel model, List<Values> rows) {
    return (batch, row, position) -> model.encoder().encode(rows.get(row), batch.input(), position);
  }

  private float[] scores(int version, List<Values> rows) throws Exception {
    float[] scores = new float[rows.size()];
    try (LoadedModel model = repository.load("delay", version)) {
      for (int i = 0; i < scores.length; i++) {
        scores[i] = model.score(rows.get(i));
      }
    }
    return scores;
  }
}
