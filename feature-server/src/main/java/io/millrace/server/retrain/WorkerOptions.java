package io.millrace.server.retrain;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Within what bounds a worker trains and rolls out.
 *
 * @param workFolder for the trainer's files, a folder a request
 * @param window how much of the past teaches, in event time before the holdout; days without data
 *     do not count
 * @param holdout the latest requests with complete labels, in event time: kept for the gate, and
 *     not learnt from, not even once the gate was passed
 * @param minimumRows the fewest labelled rows to learn from; a tenth of them in the holdout
 * @param shadowScores how many distinct predictions a candidate must shadow before it serves
 * @param ackTimeout in wall time, until all subtasks have loaded a version; begins again with the
 *     worker
 * @param shadowTimeout in wall time, until there are enough shadow scores; begins again with the
 *     worker
 * @param trainerTimeout in wall time, of one run of the trainer
 * @param diskQuotaBytes how much the trainer's files may hold
 * @param recordTimeout in wall time, how long recorded events that labels lie in are waited for
 */
public record WorkerOptions(
    Path workFolder,
    Duration window,
    Duration holdout,
    long minimumRows,
    int shadowScores,
    Duration ackTimeout,
    Duration shadowTimeout,
    Duration trainerTimeout,
    long diskQuotaBytes,
    Duration recordTimeout) {
  public WorkerOptions {
    requirePositive("--window", window);
    requirePositive("--holdout", holdout);
    requirePositive("--ack-timeout", ackTimeout);
    requirePositive("--shadow-timeout", shadowTimeout);
    requirePositive("--trainer-timeout", trainerTimeout);
    requirePositive("--record-timeout", recordTimeout);
    if (diskQuotaBytes < 1) {
      throw new IllegalArgumentException(
          "--disk-quota is " + diskQuotaBytes + " bytes; give 1 or more");
    }
    if (minimumRows < 10 || shadowScores < 0) {
      throw new IllegalArgumentException(
          "--min-rows is %d and --shadow is %d; give 10 or more, and 0 or more"
              .formatted(minimumRows, shadowScores));
    }
  }

  private static void requirePositive(String option, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(option + " is " + duration + "; give a positive duration");
    }
  }
}
