package io.millrace.benchmarks.swap;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/**
 * What a run shows: whether anything went wrong, how late predictions were, how long they paused.
 */
final class SwapAnalysis {
  /** A rollback must serve in every subtask within this. */
  static final long ROLLBACK_LIMIT_NANOS = 1_000_000_000;

  private final SwapRun run;
  private final Exchange exchange;

  SwapAnalysis(SwapRun run) {
    this.run = run;
    this.exchange = run.exchange();
  }

  /** What must be 0, by name. */
  Map<String, Long> wrongs() {
    long lost = 0;
    long doubled = 0;
    long unasked = 0;
    long mislabelled = 0;
    long disordered = 0;
    long outOfTurn = 0;
    List<Integer> turns = turns();
    for (int subtask = 0; subtask < exchange.parallelism(); subtask++) {
      Recording recording = exchange.recording(subtask);
      int sent = Math.toIntExact(exchange.sent(subtask));
      BitSet seen = new BitSet(sent);
      List<Integer> served = new ArrayList<>();
      long before = -1;
      for (int i = 0; i < recording.size(); i++) {
        long index = recording.index(i);
        long ordinal = index / exchange.parallelism();
        if (index % exchange.parallelism() != subtask || ordinal >= sent) {
          unasked++;
        } else if (seen.get((int) ordinal)) {
          doubled++;
        } else {
          seen.set((int) ordinal);
        }
        if (index < before) {
          disordered++;
        }
        before = index;
        int version = recording.version(i);
        if (!exchange.models().isScoreOf(version, index, recording.score(i))) {
          mislabelled++;
        }
        if (served.isEmpty() || served.get(served.size() - 1) != version) {
          served.add(version);
        }
      }
      lost += sent - seen.cardinality();
      outOfTurn += served.equals(turns) ? 0 : 1;
    }
    Map<String, Long> wrongs = new LinkedHashMap<>();
    wrongs.put("lost", lost);
    wrongs.put("doubled", doubled);
    wrongs.put("neverAskedFor", unasked);
    wrongs.put("wronglyLabelled", mislabelled);
    wrongs.put("outOfOrder", disordered);
    wrongs.put("subtasksWhoseVersionsTookOtherTurns", outOfTurn);
    wrongs.put("failures", exchange.failures.sum());
    wrongs.put("rollbacksThatTookOverASecond", slowRollbacks());
    return wrongs;
  }

  /** The versions in the order they must have served in. */
  private List<Integer> turns() {
    List<Integer> turns = new ArrayList<>();
    turns.add(1);
    run.swaps().forEach(swap -> turns.add(swap.version()));
    return turns;
  }

  private long slowRollbacks() {
    return run.swaps().stream()
        .filter(SwapRun.Swap::rollback)
        .filter(swap -> effectNanos(swap) > ROLLBACK_LIMIT_NANOS)
        .count();
  }

  long sent() {
    long sent = 0;
    for (int i = 0; i < exchange.parallelism(); i++) {
      sent += exchange.sent(i);
    }
    return sent;
  }

  /** Requests a second while it was quiet, to see whether the schedule was kept. */
  double quietOutputs() {
    long outputs = 0;
    double seconds = 0;
    for (SwapRun.Span span : run.quiet()) {
      seconds += (span.to() - span.from()) / 1e9;
      for (int i = 0; i < exchange.parallelism(); i++) {
        Recording recording = exchange.recording(i);
        outputs += recording.from(span.to()) - recording.from(span.from());
      }
    }
    return outputs / seconds;
  }

  /** From due to put out, of requests that were due in the spans. */
  Histogram latencies(List<SwapRun.Span> spans, long intervalNanos) {
    Histogram histogram = new Histogram(3);
    for (SwapRun.Span span : spans) {
      long first = ceilDiv(span.from() - run.startNanos(), intervalNanos);
      long end = ceilDiv(span.to() - run.startNanos(), intervalNanos);
      for (int subtask = 0; subtask < exchange.parallelism(); subtask++) {
        Recording recording = exchange.recording(subtask);
        for (int i = recording.fromIndex(first);
            i < recording.size() && recording.index(i) < end;
            i++) {
          long due = exchange.dueNanos(run.startNanos(), recording.index(i));
          histogram.recordValue(Math.max(0, recording.nanos(i) - due));
        }
      }
    }
    return histogram;
  }

  private static long ceilDiv(long dividend, long divisor) {
    return -Math.floorDiv(-dividend, divisor);
  }

  /** The longest time without an output of a subtask, in each window. */
  Histogram longestGaps(List<SwapRun.Span> windows) {
    return ofSubtasks(windows, (recording, span) -> recording.longestGap(span.from(), span.to()));
  }

  /** The time without an output around the middle of each window: the luck of any instant. */
  Histogram gapsAroundMiddles(List<SwapRun.Span> windows) {
    return ofSubtasks(
        windows,
        (recording, span) -> recording.gapAround(span.from() + (span.to() - span.from()) / 2));
  }

  private interface Gap {
    long of(Recording recording, SwapRun.Span span);
  }

  private Histogram ofSubtasks(List<SwapRun.Span> windows, Gap gap) {
    Histogram histogram = new Histogram(3);
    for (SwapRun.Span window : windows) {
      long longest = 0;
      for (int i = 0; i < exchange.parallelism(); i++) {
        longest = Math.max(longest, gap.of(exchange.recording(i), window));
      }
      histogram.recordValue(longest);
    }
    return histogram;
  }

  /** Between the last output of the one version and the first of the next; the worse subtask's. */
  Histogram handOvers(List<SwapRun.Swap> swaps) {
    return histogram(
        swaps,
        swap -> {
          long longest = 0;
          for (int subtask = 0; subtask < exchange.parallelism(); subtask++) {
            Recording recording = exchange.recording(subtask);
            int first = firstOf(recording, swap);
            if (first > 0 && first < recording.size()) {
              longest = Math.max(longest, recording.nanos(first) - recording.nanos(first - 1));
            }
          }
          return longest;
        });
  }

  /** From the record that makes a version serve to its first prediction in the last subtask. */
  Histogram effects(List<SwapRun.Swap> swaps) {
    return histogram(swaps, this::effectNanos);
  }

  private long effectNanos(SwapRun.Swap swap) {
    long longest = 0;
    for (int i = 0; i < exchange.parallelism(); i++) {
      Recording recording = exchange.recording(i);
      int first = firstOf(recording, swap);
      // Never: longer than any limit.
      long nanos =
          first == recording.size()
              ? Long.MAX_VALUE / 2
              : recording.nanos(first) - swap.sentNanos();
      longest = Math.max(longest, nanos);
    }
    return longest;
  }

  private static int firstOf(Recording recording, SwapRun.Swap swap) {
    int i = recording.from(swap.sentNanos());
    while (i < recording.size() && recording.version(i) != swap.version()) {
      i++;
    }
    return i;
  }

  static <T> Histogram histogram(List<T> values, ToLongFunction<T> nanos) {
    Histogram histogram = new Histogram(3);
    values.forEach(value -> histogram.recordValue(nanos.applyAsLong(value)));
    return histogram;
  }
}
