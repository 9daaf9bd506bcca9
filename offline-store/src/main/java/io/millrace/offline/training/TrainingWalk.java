package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.vector.VectorPlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/** One pass over the events, instant by instant. */
final class TrainingWalk<E extends Exception> {
  private static final long EXPIRE_EVERY_MS = 86_400_000;

  /** A request of the present instant. */
  private record Request(String key, Event event, Values vector) {}

  private final VectorPlan plan;
  private final String requestSource;
  private final KeyReader requestKeys;
  private final String labelSource;
  private final KeyReader labelKeys;
  private final Expression labelValue;
  private final Checks checks;
  private final OpenRequests<E> open;
  private final GraphStates states;
  private final List<Event> instant = new ArrayList<>();
  private final List<Request> requests = new ArrayList<>();

  TrainingWalk(
      VectorPlan plan,
      ViewGraph graph,
      KeyReader requestKeys,
      String labelSource,
      KeyReader labelKeys,
      Expression labelValue,
      Checks checks,
      OpenRequests<E> open) {
    this.plan = plan;
    this.requestSource = plan.request().name();
    this.requestKeys = requestKeys;
    this.labelSource = labelSource;
    this.labelKeys = labelKeys;
    this.labelValue = labelValue;
    this.checks = checks;
    this.open = open;
    this.states = new GraphStates(graph);
  }

  /**
   * Plan, for each instant t: the requests of t read the states, which hold all before t; then the
   * labels of t are told, then the events of t are added.
   */
  TrainingCounts walk(Iterator<Event> events, long fromMs, long untilMs) throws E {
    long read = 0;
    long refused = 0;
    long nowMs = Long.MIN_VALUE;
    long expiredMs = Long.MIN_VALUE;
    while (events.hasNext()) {
      Event event = events.next();
      if (event.timeMs() != nowMs) {
        if (event.timeMs() < nowMs) {
          throw outOfOrder(event, nowMs);
        }
        endInstant();
        nowMs = event.timeMs();
        states.advanceTo(nowMs);
        open.advanceTo(nowMs);
        if (nowMs >= untilMs && open.isEmpty()) {
          break;
        }
        if (expiredMs == Long.MIN_VALUE) {
          expiredMs = nowMs;
        } else if (nowMs - expiredMs >= EXPIRE_EVERY_MS) {
          expiredMs = nowMs;
          states.expireIfDue(nowMs);
        }
      }
      read++;
      if (!checks.hold(event)) {
        refused++;
        continue;
      }
      if (event.source().equals(requestSource) && nowMs >= fromMs && nowMs < untilMs) {
        requests.add(
            new Request(
                requestKeys.keyTextOf(event.values()), event, vector(event.values(), nowMs)));
      }
      instant.add(event);
    }
    endInstant();
    open.end();
    return open.counts(read, refused);
  }

  private Values vector(Values request, long asOfMs) {
    Values[] rows = new Values[plan.lookups().size()];
    for (int i = 0; i < rows.length; i++) {
      VectorPlan.Lookup lookup = plan.lookups().get(i);
      String key = lookup.keys().keyTextOf(request);
      rows[i] = states.of(lookup.view().name()).valuesAt(key, asOfMs);
    }
    return plan.vector(request, rows);
  }

  private void endInstant() {
    if (requests.size() > 1) {
      requests.sort(
          Comparator.comparing(Request::key, Comparator.nullsLast(Comparator.naturalOrder()))
              .thenComparing(request -> request.event().position()));
    }
    for (Request request : requests) {
      open.open(request.event().timeMs(), request.key(), request.vector());
    }
    requests.clear();
    for (Event event : instant) {
      if (event.source().equals(labelSource)) {
        Boolean label =
            labelValue.isNull(event.values()) ? null : labelValue.booleanAt(event.values());
        open.answer(event.timeMs(), labelKeys.keyTextOf(event.values()), label);
      }
    }
    if (!instant.isEmpty()) {
      states.add(instant, instant.get(0).timeMs());
      instant.clear();
    }
  }

  private static IllegalArgumentException outOfOrder(Event event, long nowMs) {
    return new IllegalArgumentException(
        "events must come in the order of their times, but "
            + event.source()
            + " "
            + event.position()
            + " of "
            + Instant.ofEpochMilli(event.timeMs())
            + " came after one of "
            + Instant.ofEpochMilli(nowMs));
  }
}
