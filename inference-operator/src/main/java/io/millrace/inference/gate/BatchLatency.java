package io.millrace.inference.gate;

import io.millrace.feature.Values;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoringException;
import io.millrace.inference.ScoringModel;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;

/**
 * How long two models compute on the same batch, encoding included, in turns. It is processor time
 * of the thread, in which a session of one thread on a CPU does all of its work: what else the
 * machine does must not decide about a model. By the clock where the platform cannot tell it.
 *
 * @param candidateP99Nanos of one batch
 * @param championP99Nanos likewise
 */
record BatchLatency(long candidateP99Nanos, long championP99Nanos) {
  private static final int ROWS = 64;
  private static final int WARM_UP = 100;
  private static final int RUNS = 400;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  static BatchLatency measure(List<Values> rows, ScoringModel candidate, ScoringModel champion)
      throws ScoringException {
    long[] candidates = new long[RUNS];
    long[] champions = new long[RUNS];
    try (ScoreBatch first = candidate.newBatch(ROWS);
        ScoreBatch second = champion.newBatch(ROWS)) {
      for (int run = -WARM_UP; run < RUNS; run++) {
        long candidateNanos = run(rows, run + WARM_UP, candidate, first);
        long championNanos = run(rows, run + WARM_UP, champion, second);
        if (run >= 0) {
          candidates[run] = candidateNanos;
          champions[run] = championNanos;
        }
      }
    }
    return new BatchLatency(p99(candidates), p99(champions));
  }

  private static long run(List<Values> rows, int number, ScoringModel model, ScoreBatch batch)
      throws ScoringException {
    long startNanos = nanos();
    for (int i = 0; i < ROWS; i++) {
      Values row = rows.get((int) (((long) number * ROWS + i) % rows.size()));
      model.encoder().encode(row, batch.input(), i);
    }
    batch.run(ROWS);
    return nanos() - startNanos;
  }

  private static long nanos() {
    return THREADS.isCurrentThreadCpuTimeSupported()
        ? THREADS.getCurrentThreadCpuTime()
        : System.nanoTime();
  }

  private static long p99(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return sorted[(int) (sorted.length * 0.99)];
  }
}
