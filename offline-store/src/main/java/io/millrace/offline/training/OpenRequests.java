package io.millrace.offline.training;

import io.millrace.feature.Values;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Requests that wait for their label, in the order of (time, key). A row is given out when its
 * label and those of all requests before it are known; it waits no longer than the horizon, so
 * memory is bounded by the requests of one horizon.
 */
final class OpenRequests<E extends Exception> {
  private static final class Open {
    private final long timeMs;
    private final String key;
    private final Values vector;
    private boolean answered;
    private Boolean label;

    private Open(long timeMs, String key, Values vector) {
      this.timeMs = timeMs;
      this.key = key;
      this.vector = vector;
    }
  }

  private final long horizonMs;
  private final RowSink<E> rows;
  private final Queue<Open> inOrder = new ArrayDeque<>();
  private final Map<String, List<Open>> byKey = new HashMap<>();
  private long requests;
  private long labelled;
  private long nullLabels;
  private long unanswered;

  OpenRequests(long horizonMs, RowSink<E> rows) {
    this.horizonMs = horizonMs;
    this.rows = rows;
  }

  boolean isEmpty() {
    return inOrder.isEmpty();
  }

  /**
   * Adds a request; the calls come in the order of (time, key).
   *
   * @param key null if a column that its label is joined on is null: no label can be found
   */
  void open(long timeMs, String key, Values vector) {
    requests++;
    Open request = new Open(timeMs, key, vector);
    inOrder.add(request);
    if (key != null) {
      byKey.computeIfAbsent(key, k -> new ArrayList<>(1)).add(request);
    }
  }

  /**
   * Answers the requests of a key that wait; each by the first event that tells.
   *
   * @param label null if the event has none
   */
  void answer(long timeMs, String key, Boolean label) {
    List<Open> waiting = key == null ? null : byKey.remove(key);
    if (waiting == null) {
      return;
    }
    for (Open request : waiting) {
      if (timeMs - request.timeMs <= horizonMs) {
        request.answered = true;
        request.label = label;
      }
    }
  }

  /** Gives out what is decided when the time has come to an instant. */
  void advanceTo(long timeMs) throws E {
    while (!inOrder.isEmpty()) {
      Open first = inOrder.peek();
      if (!first.answered && timeMs - first.timeMs <= horizonMs) {
        return;
      }
      giveOut(inOrder.remove());
    }
  }

  /** Ends: who has no answer now gets none. */
  void end() throws E {
    while (!inOrder.isEmpty()) {
      giveOut(inOrder.remove());
    }
  }

  TrainingCounts counts(long events, long refused) {
    return new TrainingCounts(events, refused, requests, labelled, nullLabels, unanswered);
  }

  private void giveOut(Open request) throws E {
    if (!request.answered) {
      unanswered++;
      forget(request);
    } else if (request.label == null) {
      nullLabels++;
    } else {
      labelled++;
      rows.accept(new TrainingRow(request.timeMs, request.key, request.vector, request.label));
    }
  }

  private void forget(Open request) {
    List<Open> waiting = request.key == null ? null : byKey.get(request.key);
    if (waiting != null && waiting.remove(request) && waiting.isEmpty()) {
      byKey.remove(request.key);
    }
  }
}
