package io.millrace.offline.parity;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.chain.NaiveViews;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The stored events of one view's keys, only those keys that are asked for and only the columns
 * that the view reads.
 */
final class KeyedEvents {
  private final RowSchema schema;
  private final long lookBackMs;
  private final Map<String, List<Known<Event>>> byKey;

  private KeyedEvents(RowSchema schema, long lookBackMs, Map<String, List<Known<Event>>> byKey) {
    this.schema = schema;
    this.lookBackMs = lookBackMs;
    this.byKey = byKey;
  }

  /**
   * What is asked of one source's table.
   *
   * @param keys of the view
   * @param firstMs of the first instant whose values are asked for
   */
  record Wanted(FeatureView view, Set<String> keys, long firstMs) {
    /** The first event that a value may depend on. */
    long fromMs() {
      long backMs = lookBackMs(view);
      return backMs == Long.MAX_VALUE
          ? Long.MIN_VALUE
          : Math.max(Long.MIN_VALUE + backMs, firstMs) - backMs;
    }
  }

  /**
   * Reads the table of a source once for several of its views.
   *
   * @param untilMs of the last instant whose values are asked for
   * @return as many as are wanted, in their order
   */
  static List<KeyedEvents> read(
      TableFiles files, EventSource source, List<Wanted> wanted, long untilMs) {
    Set<String> words = new HashSet<>();
    wanted.forEach(one -> words.addAll(words(one.view())));
    RowSchema slim =
        new RowSchema(
            source.schema().name(),
            source.schema().fields().stream().filter(f -> words.contains(f.name())).toList());
    RowSchema columns = OfflineTables.eventColumns(source);
    List<Field> read = new ArrayList<>(slim.fields());
    read.addAll(columns.fields().subList(source.schema().size(), columns.size()));
    // The event time tells the order; it is read last, under its own name, if no word asked for it.
    if (slim.indexOf(source.time().field()).isEmpty()) {
      read.add(source.schema().field(source.timeIndex()));
    }
    RowSchema all = new RowSchema(source.name(), read);
    int time = all.requireIndexOf(source.time().field());
    KeyReader[] readers = new KeyReader[wanted.size()];
    List<Map<String, List<Known<Event>>>> byKey = new ArrayList<>();
    for (int i = 0; i < readers.length; i++) {
      readers[i] = KeyReader.of(wanted.get(i).view().entity().keys(), all);
      byKey.add(new HashMap<>());
    }
    // What is taken back may lie anywhere before what the ttl is told from.
    boolean changes = source.changes().isPresent();
    long fromMs =
        changes
            ? Long.MIN_VALUE
            : wanted.stream().mapToLong(Wanted::fromMs).min().orElse(Long.MIN_VALUE);
    try (TableRows rows = TableRows.openHolding(files, all, fromMs, untilMs)) {
      while (rows.next()) {
        Known<Event> event = null;
        for (int i = 0; i < readers.length; i++) {
          String key = readers[i].keyTextOf(rows.row());
          if (key != null && wanted.get(i).keys().contains(key)) {
            // The views share the event.
            event = event == null ? event(source, slim.size(), time, rows.row()) : event;
            byKey.get(i).computeIfAbsent(key, k -> new ArrayList<>()).add(event);
          }
        }
      }
    }
    List<KeyedEvents> found = new ArrayList<>();
    for (int i = 0; i < readers.length; i++) {
      for (List<Known<Event>> events : byKey.get(i).values()) {
        events.sort(
            Comparator.<Known<Event>>comparingLong(known -> known.value().timeMs())
                .thenComparing(known -> known.value().position()));
      }
      found.add(
          new KeyedEvents(
              slim, changes ? Long.MAX_VALUE : lookBackMs(wanted.get(i).view()), byKey.get(i)));
    }
    return found;
  }

  /**
   * The events of a view that builds on views, made by the specification from those of its sources.
   * Memory holds the stored events of all keys that the view's may depend on.
   */
  static KeyedEvents derived(
      StoreCut cut, Definitions definitions, ViewNode node, Set<String> keys) {
    ViewGraph graph = ViewGraph.of(definitions, List.of(node.view()));
    NaiveViews views =
        new NaiveViews(graph, (source, wanted) -> stored(cut, definitions.source(source), wanted));
    Map<String, List<Known<Event>>> byKey = new HashMap<>();
    // What they build on is never repaired, so that they were known late explains nothing.
    views
        .events(node, keys)
        .forEach(
            (key, events) ->
                byKey.put(
                    key,
                    events.stream().map(event -> new Known<>(event, Long.MIN_VALUE)).toList()));
    return new KeyedEvents(node.events(), lookBackMs(node.view()), byKey);
  }

  private static List<Event> stored(StoreCut cut, EventSource source, Predicate<Values> wanted) {
    int own = source.schema().size();
    List<Event> events = new ArrayList<>();
    try (TableRows rows =
        TableRows.openHolding(
            cut.events(source),
            OfflineTables.eventColumns(source),
            Long.MIN_VALUE,
            Long.MAX_VALUE)) {
      while (rows.next()) {
        if (wanted.test(rows.row())) {
          events.add(event(source, own, source.timeIndex(), rows.row()).value());
        }
      }
    }
    return events;
  }

  /** What the events' values hold. */
  RowSchema schema() {
    return schema;
  }

  /** All events of a key that were read, in total order. */
  List<Known<Event>> of(String key) {
    return byKey.getOrDefault(key, List.of());
  }

  /**
   * The events of a key that a value as of an instant may depend on, and perhaps some more; with
   * them what tells that one is taken back.
   */
  List<Known<Event>> before(String key, long asOfMs) {
    List<Known<Event>> events = byKey.getOrDefault(key, List.of());
    int until = firstNotBefore(events, asOfMs);
    if (until == 0 || lookBackMs == Long.MAX_VALUE) {
      return events.subList(0, until);
    }
    // The last event always counts: the ttl is told from it.
    int from = Math.min(firstNotBefore(events, asOfMs - lookBackMs), until - 1);
    return events.subList(from, until);
  }

  private static int firstNotBefore(List<Known<Event>> events, long timeMs) {
    int low = 0;
    int high = events.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (events.get(middle).value().timeMs() < timeMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The longest window with the tile that its tail may be floored to. */
  private static long lookBackMs(FeatureView view) {
    long longest = 0;
    for (Feature feature : view.features()) {
      if (feature.aggregation() != Aggregation.RATIO) {
        longest = Math.max(longest, feature.window().lookBackMs());
      }
    }
    return longest;
  }

  private static Set<String> words(FeatureView view) {
    Set<String> words = new HashSet<>(view.entity().keys());
    view.features().forEach(feature -> words.addAll(feature.words()));
    return words;
  }

  private static Known<Event> event(EventSource source, int own, int time, Values row) {
    Values values = new Values(own);
    for (int i = 0; i < own; i++) {
      values.copyFrom(i, row, i);
    }
    Position position =
        new Position(source.topic(), (int) row.longAt(own + 1), row.longAt(own + 2));
    return new Known<>(
        new Event(source.name(), row.longAt(time), position, values),
        row.longAt(own),
        source.changes().isPresent() && row.booleanAt(own + 3));
  }
}
