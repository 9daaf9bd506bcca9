package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  private static Evaluation of(float[] scores, boolean[] labels) {
    Evaluation.Collector collector = new Evaluation.Collector();
    for (int i = 0; i < scores.length; i++) {
      collector.add(scores[i], labels[i]);
    }
    return collector.evaluation();
  }

  @Test
  void shouldCountTiesHalf() {
    Evaluation evaluation =
        of(new float[] {0.1f, 0.5f, 0.5f, 0.9f}, new boolean[] {false, false, true, true});

    assertThat(evaluation.auc()).isEqualTo(3.5 / 4);
  }

  @Test
  void shouldAgreeWithCountingAllPairs() {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      int rows = 2 + random.nextInt(300);
      int levels = 1 + random.nextInt(40);
      float[] scores = new float[rows];
      boolean[] labels = new boolean[rows];
      for (int i = 0; i < rows; i++) {
        scores[i] = (random.nextInt(levels) - levels / 2) / 7f;
        labels[i] = random.nextInt(4) == 0;
      }
      labels[0] = true;
      labels[1] = false;

      assertThat(of(scores, labels).auc())
          .as("seed %d", seed)
          .isCloseTo(allPairs(scores, labels), within(1e-12));
    }
  }

  private static double allPairs(float[] scores, boolean[] labels) {
    double won = 0;
    long pairs = 0;
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < scores.length; j++) {
        if (labels[i] && !labels[j]) {
          pairs++;
          won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    return won / pairs;
  }

  @Test
  void shouldTakeBothZerosForOne() {
    assertThat(of(new float[] {0.0f, -0.0f}, new boolean[] {true, false}).auc()).isEqualTo(0.5);
  }

  @Test
  void shouldMeasureLogLoss() {
    Evaluation evaluation = of(new float[] {0.25f, 0.5f}, new boolean[] {true, false});

    assertThat(evaluation.logLoss()).isCloseTo((Math.log(4) + Math.log(2)) / 2, within(1e-12));
  }

  @Test
  void shouldKeepTheLossOfACertainMistakeFinite() {
    assertThat(of(new float[] {0f, 1f}, new boolean[] {true, false}).logLoss())
        .isCloseTo(-Math.log(1e-7), within(1e-6));
  }

  @Test
  void shouldCompareWithAConstant() {
    Evaluation evaluation =
        of(new float[] {0.1f, 0.2f, 0.3f, 0.4f}, new boolean[] {false, true, false, false});

    assertThat(evaluation.positiveRate()).isEqualTo(0.25);
    assertThat(evaluation.ofConstant(0.25).auc()).isEqualTo(0.5);
    assertThat(evaluation.ofConstant(0.25).logLoss())
        .isCloseTo(-(Math.log(0.25) + 3 * Math.log(0.75)) / 4, within(1e-12));
  }

  @Test
  void shouldHaveNoAucForOneLabel() {
    Evaluation evaluation = of(new float[] {0.1f, 0.2f}, new boolean[] {true, true});

    assertThat(evaluation.auc()).isNaN();
    assertThat(evaluation.ofConstant(1).auc()).isNaN();
  }

  @Test
  void shouldRefuseAScoreThatIsNoNumber() {
    assertThatThrownBy(() -> of(new float[] {0.1f, Float.NaN}, new boolean[] {true, true}))
        .hasMessage("row 1 has the score NaN");
  }
}
