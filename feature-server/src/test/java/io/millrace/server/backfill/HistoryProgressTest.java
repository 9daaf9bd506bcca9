package io.millrace.server.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryProgressTest {
  private static final String OPERATOR = "flink_taskmanager_job_task_operator_";
  private static final String LABELS = "{operator_name=\"Source:_kafka\",subtask_index=\"%d\",} ";

  @Test
  void shouldAddUpWhatReadersReadAndFollowTheSlowestThatHasBegun() {
    HistoryProgress progress =
        HistoryProgress.parse(
            List.of(
                "# TYPE " + OPERATOR + "millrace_historyRead gauge",
                line("millrace_historyRead", 0, "1200.0"),
                line("millrace_historyRead", 1, "1.5E7"),
                line("millrace_historyReachedMs", 0, "1.714600000000E12"),
                line("millrace_historyReachedMs", 1, "1.714500000000E12"),
                line("millrace_historyReachedMs", 2, "0.0"),
                line("pendingRecords", 0, "7.0"),
                line("pendingRecords", 1, "0.0"),
                line("millrace_read", 0, "99.0")));

    assertThat(progress).isEqualTo(new HistoryProgress(15_001_200, 1_714_500_000_000L, 7));
    assertThat(HistoryProgress.parse(List.of())).isEqualTo(new HistoryProgress(0, 0, 0));
  }

  private static String line(String name, int subtask, String value) {
    return OPERATOR + name + LABELS.formatted(subtask) + value;
  }
}
