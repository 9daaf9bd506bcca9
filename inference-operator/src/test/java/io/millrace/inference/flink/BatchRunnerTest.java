package io.millrace.inference.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.ScoreBatch;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class BatchRunnerTest {
  @Test
  void shouldFindEveryPoisonRowAndScoreTheOthers() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int rows = 1 + random.nextInt(64);
      ScriptedModel model = new ScriptedModel();
      ScoreBatch batch = model.newBatch(64);
      Set<Integer> poison = new TreeSet<>();
      for (int row = 0; row < rows; row++) {
        boolean bad = random.nextInt(rows) < 2;
        batch.input().put(row, bad ? ScriptedModel.POISON : row);
        if (bad) {
          poison.add(row);
        }
      }
      float[] scores = new float[64];
      String[] failures = new String[64];

      BatchRunner runner = new BatchRunner(model.newBatch(64));
      runner.run(batch, rows, scores, failures);

      for (int row = 0; row < rows; row++) {
        if (poison.contains(row)) {
          assertThat(failures[row]).as("seed %d row %d", seed, row).endsWith("is poison");
        } else {
          assertThat(failures[row]).as("seed %d row %d", seed, row).isNull();
          assertThat(scores[row]).as("seed %d row %d", seed, row).isEqualTo(row / 1000f);
        }
      }
      assertThat(runner.failedRuns() > 0).isEqualTo(!poison.isEmpty());
    }
  }

  @Test
  void shouldFindOneRowAmongManyInFewRuns() {
    ScriptedModel model = new ScriptedModel();
    ScoreBatch batch = model.newBatch(256);
    batch.input().put(77, ScriptedModel.POISON);

    new BatchRunner(model.newBatch(256)).run(batch, 256, new float[256], new String[256]);

    assertThat(model.runs()).hasSize(1 + 2 * 8);
  }
}
