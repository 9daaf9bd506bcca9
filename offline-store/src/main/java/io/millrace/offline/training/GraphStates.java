package io.millrace.offline.training;

import io.millrace.feature.EntityKey;
import io.millrace.feature.Event;
import io.millrace.feature.Values;
import io.millrace.feature.chain.JoinedView;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The states of all views of a walk, moved on instant by instant. At an instant t, what is joined
 * to the events of t is read first, then they are added; the rows that they make are events of t +
 * 1 to the views over them. Not thread-safe.
 */
public final class GraphStates {
  private record Pending(ViewNode node, long order, Values event) {}

  private final Map<String, ViewStates> states = new LinkedHashMap<>();
  private final Map<String, List<ViewNode>> bySource = new HashMap<>();
  private final Map<String, List<ViewNode>> over = new HashMap<>();
  private final List<Pending> joined = new ArrayList<>();
  // The greatest order of a key's events of this instant, of views that others are over.
  private final Map<ViewNode, Map<String, Long>> touched = new LinkedHashMap<>();
  private List<Pending> rows = new ArrayList<>();
  private long rowsMs;

  public GraphStates(ViewGraph graph) {
    for (ViewNode node : graph.inOrder()) {
      states.put(node.view().name(), new ViewStates(node.aggregator()));
      bySource.computeIfAbsent(node.view().source(), s -> new ArrayList<>()).add(node);
      List<ViewNode> above = graph.over(node);
      if (!above.isEmpty()) {
        over.put(node.view().name(), above);
      }
    }
  }

  /** The states of one view. */
  public ViewStates of(String view) {
    return states.get(view);
  }

  void expireIfDue(long asOfMs) {
    states.values().forEach(one -> one.expireIfDue(asOfMs));
  }

  /** Takes all rows that are earlier than an instant. */
  public void advanceTo(long timeMs) {
    while (!rows.isEmpty() && rowsMs < timeMs) {
      add(List.of(), rowsMs);
    }
  }

  /** Adds all events of an instant, in the order of time; rows of the same instant with them. */
  public void add(List<Event> events, long timeMs) {
    for (Event event : events) {
      for (ViewNode node : bySource.getOrDefault(event.source(), List.of())) {
        if (!node.joins().isEmpty()) {
          joined.add(new Pending(node, event.position().order(), join(node, event)));
        }
      }
    }
    for (Event event : events) {
      for (ViewNode node : bySource.getOrDefault(event.source(), List.of())) {
        if (node.joins().isEmpty()) {
          add(node, timeMs, event.position().order(), event.values());
        }
      }
    }
    joined.forEach(one -> add(one.node(), timeMs, one.order(), one.event()));
    joined.clear();
    if (!rows.isEmpty() && rowsMs == timeMs) {
      List<Pending> ofNow = rows;
      rows = new ArrayList<>();
      ofNow.forEach(one -> add(one.node(), timeMs, one.order(), one.event()));
    }
    makeRows(timeMs + 1);
  }

  private Values join(ViewNode node, Event event) {
    Values[] values = new Values[node.joins().size()];
    for (int i = 0; i < values.length; i++) {
      JoinedView one = node.joins().get(i);
      values[i] =
          states
              .get(one.view().view().name())
              .valuesAt(one.keys().keyTextOf(event.values()), event.timeMs());
    }
    return node.joined(event.values(), values);
  }

  private void add(ViewNode node, long timeMs, long order, Values event) {
    String name = node.view().name();
    String key = states.get(name).add(event, timeMs, order);
    if (key != null && over.containsKey(name)) {
      touched
          .computeIfAbsent(node, n -> new LinkedHashMap<>())
          .merge(key, order, (a, b) -> Long.compareUnsigned(a, b) >= 0 ? a : b);
    }
  }

  private void makeRows(long asOfMs) {
    for (Map.Entry<ViewNode, Map<String, Long>> ofView : touched.entrySet()) {
      ViewNode node = ofView.getKey();
      String name = node.view().name();
      for (Map.Entry<String, Long> ofKey : ofView.getValue().entrySet()) {
        Values values = states.get(name).valuesAt(ofKey.getKey(), asOfMs);
        Values row = node.row(new EntityKey(ofKey.getKey()), values);
        over.get(name).forEach(above -> rows.add(new Pending(above, ofKey.getValue(), row)));
      }
    }
    rowsMs = asOfMs;
    touched.clear();
  }
}
