package io.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.feature.loop.RetrainStatus.Phase;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoopBoardTest {
  private static final RetrainRequest REQUEST =
      new RetrainRequest("r1", "delay", "delay_v1", 1, 1_585_785_600_000L, 0, "drifted", List.of());

  private final LoopBoard board = new LoopBoard();

  @Test
  void shouldShowEachPhaseOfARetrainingOnce() {
    assertThat(board.request(REQUEST)).containsExactly("2020-04-02 retraining requested: drifted");
    assertThat(board.request(REQUEST)).isEmpty();
    assertThat(board.status(status(Phase.ACCEPTED, ""))).containsExactly("  accepted ");
    assertThat(board.status(status(Phase.TRAINING, "10 rows")))
        .containsExactly("  training 10 rows");
    assertThat(board.status(status(Phase.TRAINING, "20 rows"))).isEmpty();
    assertThat(board.isTraining()).isTrue();
  }

  @Test
  void shouldKeepAStatusThatIsReadBeforeItsRequest() {
    // They lie in two topics, whose order nobody promises.
    assertThat(board.status(status(Phase.ACCEPTED, ""))).isEmpty();
    assertThat(board.status(status(Phase.ACTIVATED, "serves"))).isEmpty();
    assertThat(board.request(REQUEST))
        .containsExactly(
            "2020-04-02 retraining requested: drifted", "  accepted ", "  activated serves");
    assertThat(board.isTraining()).isFalse();
  }

  private static RetrainStatus status(Phase phase, String detail) {
    return new RetrainStatus(REQUEST.id(), REQUEST.model(), phase, 0, detail, 0);
  }
}
