package io.millrace.offline.parity;

import io.millrace.feature.Aggregation;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Feature;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableRows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The stored events of one view's keys, only those keys that are asked for and only the columns
 * that the view reads.
 */
final class KeyedEvents {
  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private final RowSchema schema;
  private final long lookBackMs;
  private final Map<String, List<Known<Event>>> byKey;

  private KeyedEvents(RowSchema schema, long lookBackMs, Map<String, List<Known<Event>>> byKey) {
    this.schema = schema;
    this.lookBackMs = lookBackMs;
    this.byKey = byKey;
  }

  /** Reads the table of the view's source once. */
  static KeyedEvents read(
      OfflineStore store, FeatureView view, EventSource source, Set<String> keys) {
    Set<String> words = words(view);
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
    RowSchema wanted = new RowSchema(source.name(), read);
    KeyReader keyReader = KeyReader.of(view.entity().keys(), wanted);
    int time = wanted.requireIndexOf(source.time().field());
    Map<String, List<Known<Event>>> byKey = new HashMap<>();
    try (TableRows rows = TableRows.open(store.folder(OfflineTables.events(source)), wanted)) {
      while (rows.next()) {
        String key = keyReader.keyTextOf(rows.row());
        if (key != null && keys.contains(key)) {
          byKey
              .computeIfAbsent(key, k -> new ArrayList<>())
              .add(event(source, slim.size(), time, rows.row()));
        }
      }
    }
    for (List<Known<Event>> events : byKey.values()) {
      events.sort(
          Comparator.<Known<Event>>comparingLong(known -> known.value().timeMs())
              .thenComparing(known -> known.value().position()));
    }
    return new KeyedEvents(slim, lookBackMs(view), byKey);
  }

  /** What the events' values hold. */
  RowSchema schema() {
    return schema;
  }

  /** The events of a key that a value as of an instant may depend on, and perhaps some more. */
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
    for (Feature feature : view.features()) {
      String by = feature.parameters().by().orElse("");
      Matcher matcher = WORD.matcher(feature.input() + " " + by + " " + feature.where().orElse(""));
      while (matcher.find()) {
        words.add(matcher.group());
      }
    }
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
        new Event(source.name(), row.longAt(time), position, values), row.longAt(own));
  }
}
