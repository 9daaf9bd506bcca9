package io.millrace.server.backfill;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far a job is in its history, as its metrics tell.
 *
 * @param events how many recorded events it has read since it was started last
 * @param reachedMs the event time that its slowest reader has reached; 0 if none has begun
 * @param pending how many records its consumers know of and have not read
 */
record HistoryProgress(long events, long reachedMs, long pending) {
  private static final Pattern LINE =
      Pattern.compile(
          "^flink_taskmanager_job_task_operator_(millrace_historyRead|"
              + "millrace_historyReachedMs|pendingRecords)\\{.*\\} (\\S+)$");

  static HistoryProgress parse(List<String> lines) {
    long events = 0;
    long reachedMs = Long.MAX_VALUE;
    long pending = 0;
    for (String line : lines) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        long value = (long) Double.parseDouble(matcher.group(2));
        switch (matcher.group(1)) {
          case "millrace_historyRead" -> events += value;
          case "pendingRecords" -> pending += value;
          default -> reachedMs = value > 0 ? Math.min(reachedMs, value) : reachedMs;
        }
      }
    }
    return new HistoryProgress(events, reachedMs == Long.MAX_VALUE ? 0 : reachedMs, pending);
  }
}
