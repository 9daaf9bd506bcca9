package io.millrace.server.backfill;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far a job is in its history, as its metrics tell.
 *
 * @param events how many recorded events it has read since it was started last
 * @param reachedMs the event time that its slowest reader has reached; 0 if none has begun
 */
record HistoryProgress(long events, long reachedMs) {
  private static final Pattern LINE =
      Pattern.compile(
          "^flink_taskmanager_job_task_operator_millrace_(historyRead|historyReachedMs)\\{.*\\}"
              + " (\\S+)$");

  static HistoryProgress parse(List<String> lines) {
    long events = 0;
    long reachedMs = Long.MAX_VALUE;
    for (String line : lines) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        long value = (long) Double.parseDouble(matcher.group(2));
        if (matcher.group(1).equals("historyRead")) {
          events += value;
        } else if (value > 0) {
          reachedMs = Math.min(reachedMs, value);
        }
      }
    }
    return new HistoryProgress(events, reachedMs == Long.MAX_VALUE ? 0 : reachedMs);
  }
}
