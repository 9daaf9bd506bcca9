package io.millrace.feature.chain;

import io.millrace.feature.EntityKey;
import io.millrace.feature.Event;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Values;
import io.millrace.feature.window.NaiveAggregator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The specification of views that build on views, as code: {@link NaiveAggregator} put together,
 * nothing kept. The oracle of the tests and of {@code millrace parity}; too slow for anything else.
 *
 * <ul>
 *   <li>An event of a view that joins has, beside its own columns, the values of the joined views
 *       as of its time.
 *   <li>A view over the rows of another has one event for each instant t at which a key of that
 *       view has events: the values as of t + 1, at t + 1, with the greatest position of these
 *       events.
 * </ul>
 */
public final class NaiveViews {
  /** Where the events of sources lie. */
  @FunctionalInterface
  public interface SourceEvents {
    /** The events of a source, with all its columns, whose values are wanted. */
    List<Event> of(String source, Predicate<Values> wanted);
  }

  private final ViewGraph graph;
  private final SourceEvents sources;

  public NaiveViews(ViewGraph graph, SourceEvents sources) {
    this.graph = graph;
    this.sources = sources;
  }

  /** The values of a key as of an instant. */
  public Values valuesAt(String view, String key, long asOfMs) {
    ViewNode node = graph.node(view);
    List<Event> events = events(node, Set.of(key)).getOrDefault(key, List.of());
    return NaiveAggregator.valuesAt(node.view(), node.events(), events, asOfMs);
  }

  /**
   * The events of keys, in total order.
   *
   * @param keys null for all
   */
  public Map<String, List<Event>> events(ViewNode node, Set<String> keys) {
    Map<String, List<Event>> byKey = new HashMap<>();
    List<Event> all = node.rowsOf().isPresent() ? rows(node, keys) : ofSource(node, keys);
    KeyReader reader = node.aggregator().keys();
    for (Event event : all) {
      String key = reader.keyTextOf(event.values());
      if (key != null && (keys == null || keys.contains(key))) {
        byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(event);
      }
    }
    byKey
        .values()
        .forEach(
            events ->
                events.sort(
                    Comparator.comparingLong(Event::timeMs).thenComparing(Event::position)));
    return byKey;
  }

  private List<Event> ofSource(ViewNode node, Set<String> keys) {
    // A key may be a joined column; then the events are chosen when that is known.
    boolean early = keys != null && node.hasKeysOf(node.sourceColumns());
    KeyReader reader =
        early ? KeyReader.of(node.view().entity().keys(), node.sourceColumns()) : null;
    List<Event> events =
        sources.of(
            node.view().source(),
            values -> reader == null || keys.contains(reader.keyTextOf(values)));
    List<Map<String, List<Event>>> joined = new ArrayList<>();
    for (JoinedView join : node.joins()) {
      Set<String> asked = new HashSet<>();
      events.forEach(event -> asked.add(join.keys().keyTextOf(event.values())));
      asked.remove(null);
      joined.add(events(join.view(), asked));
    }
    List<Event> wide = new ArrayList<>();
    for (Event event : events) {
      Values[] rows = new Values[joined.size()];
      for (int i = 0; i < rows.length; i++) {
        JoinedView join = node.joins().get(i);
        String key = join.keys().keyTextOf(event.values());
        rows[i] =
            key == null
                ? null
                : NaiveAggregator.valuesAt(
                    join.view().view(),
                    join.view().events(),
                    joined.get(i).getOrDefault(key, List.of()),
                    event.timeMs());
      }
      wide.add(
          new Event(
              event.source(), event.timeMs(), event.position(), node.joined(event.values(), rows)));
    }
    return wide;
  }

  private List<Event> rows(ViewNode node, Set<String> keys) {
    ViewNode below = node.rowsOf().orElseThrow();
    Values blank = new Values(below.aggregator().rowSchema().size());
    KeyReader reader = node.aggregator().keys();
    boolean early =
        keys != null && below.view().entity().keys().containsAll(node.view().entity().keys());
    List<Event> rows = new ArrayList<>();
    for (Map.Entry<String, List<Event>> ofKey : events(below, null).entrySet()) {
      EntityKey key = new EntityKey(ofKey.getKey());
      if (early && !keys.contains(reader.keyTextOf(below.row(key, blank)))) {
        continue;
      }
      Map<Long, Event> lastOfInstant = new TreeMap<>();
      ofKey.getValue().forEach(event -> lastOfInstant.put(event.timeMs(), event));
      for (Event last : lastOfInstant.values()) {
        long asOfMs = last.timeMs() + 1;
        Values values =
            NaiveAggregator.valuesAt(below.view(), below.events(), ofKey.getValue(), asOfMs);
        rows.add(new Event(below.view().name(), asOfMs, last.position(), below.row(key, values)));
      }
    }
    return rows;
  }
}
