package io.millrace.offline.plan;

import io.millrace.feature.Event;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.offline.training.Checks;
import io.millrace.offline.training.GraphStates;
import io.millrace.offline.training.ViewStates;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * A {@link ViewSample} of a view that builds on others: all that it builds on is computed beside
 * it, so the events of all keys are read, once to choose keys and instants and once a definition.
 */
final class ChainSample {
  private ChainSample() {}

  static ViewSample.Result of(
      ViewSample.Side before, ViewSample.Side after, List<String> features, long events) {
    List<Long> times = new ArrayList<>();
    TreeSet<String> chosen = new TreeSet<>(ViewSample.byHash());
    GraphStates all = walk(after, events, (atMs, states) -> times.add(atMs));
    for (String key : all.of(after.view().name()).keys()) {
      chosen.add(key);
      if (chosen.size() > ViewSample.KEYS) {
        chosen.pollLast();
      }
    }
    List<String> keys = List.copyOf(chosen);
    TreeSet<Long> instants = new TreeSet<>();
    for (int i = 0; i < ViewSample.INSTANTS && !times.isEmpty(); i++) {
      instants.add(times.get((int) ((long) i * times.size() / ViewSample.INSTANTS)));
    }
    if (!times.isEmpty()) {
      instants.add(times.get(times.size() - 1) + 1);
    }
    Map<Long, List<Values>> was = values(before, events, keys, instants);
    Map<Long, List<Values>> is = values(after, events, keys, instants);
    ViewSample.Tallies tallies =
        new ViewSample.Tallies(
            features,
            before.node().aggregator().rowSchema(),
            after.node().aggregator().rowSchema());
    for (int i = 0; i < keys.size(); i++) {
      for (long asOfMs : instants) {
        tallies.compare(keys.get(i), asOfMs, was.get(asOfMs).get(i), is.get(asOfMs).get(i));
      }
    }
    return new ViewSample.Result(times.size(), keys.size(), tallies.samples());
  }

  private interface BeforeEvent {
    void at(long timeMs, GraphStates states);
  }

  private static Map<Long, List<Values>> values(
      ViewSample.Side side, long events, List<String> keys, Set<Long> instants) {
    ViewAggregator aggregator = side.node().aggregator();
    Values empty = aggregator.valuesAt(ViewAggregator.EMPTY, 0);
    TreeSet<Long> left = new TreeSet<>(instants);
    Map<Long, List<Values>> found = new LinkedHashMap<>();
    BeforeEvent ask =
        (timeMs, states) -> {
          while (!left.isEmpty() && left.first() <= timeMs) {
            long asOfMs = left.pollFirst();
            states.advanceTo(asOfMs);
            ViewStates view = states.of(side.view().name());
            found.put(
                asOfMs,
                keys.stream()
                    .map(key -> Objects.requireNonNullElse(view.valuesAt(key, asOfMs), empty))
                    .toList());
          }
        };
    ask.at(Long.MAX_VALUE, walk(side, events, ask));
    return found;
  }

  /** Adds so many events; each instant is told before its events are added, once for each. */
  private static GraphStates walk(ViewSample.Side side, long limit, BeforeEvent before) {
    ViewNode node = side.node();
    GraphStates states = new GraphStates(ViewGraph.of(side.definitions(), List.of(node.view())));
    Checks checks = Checks.of(side.sources());
    List<Event> instant = new ArrayList<>();
    HistoryRange range = HistoryRange.all().first(limit);
    try (MergedHistory history = MergedHistory.open(side.sources(), range)) {
      while (history.hasNext()) {
        Event event = history.next();
        if (!checks.hold(event)) {
          continue;
        }
        if (!instant.isEmpty() && instant.get(0).timeMs() != event.timeMs()) {
          add(instant, states);
        }
        if (instant.isEmpty()) {
          states.advanceTo(event.timeMs());
        }
        before.at(event.timeMs(), states);
        instant.add(event);
      }
    }
    if (!instant.isEmpty()) {
      add(instant, states);
    }
    return states;
  }

  private static void add(List<Event> instant, GraphStates states) {
    states.add(instant, instant.get(0).timeMs());
    instant.clear();
  }
}
