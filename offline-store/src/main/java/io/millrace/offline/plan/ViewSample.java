package io.millrace.offline.plan;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.KeyReader;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.offline.OfflineException;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import io.millrace.offline.training.Checks;
import io.millrace.offline.training.ViewStates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How the values of a view differ between two definitions of it, on a sample: the first events of
 * the source's history, some keys of these, and instants spread over each key's events. Both are
 * computed by the engine.
 */
public final class ViewSample {
  static final int KEYS = 20;
  static final int INSTANTS = 20;
  private static final int EXAMPLES = 3;

  /** A view with all that it may build on. */
  public record Side(FeatureView view, Definitions definitions) {
    ViewNode node() {
      return ViewGraph.of(definitions, List.of(view)).node(view.name());
    }

    /** The event sources that its values come from, be it through other views. */
    public List<EventSource> sources() {
      Set<String> names = node().sources();
      return definitions.sources().stream().filter(s -> names.contains(s.name())).toList();
    }

    private EventSource source() {
      return definitions.source(view.source());
    }
  }

  /**
   * One value that differs.
   *
   * @param before as Long, Double, Boolean, String or null, so {@code after}
   */
  public record Example(String key, long asOfMs, Object before, Object after) {}

  /**
   * How one feature differs.
   *
   * @param compared how many values were
   * @param examples the first few of those that differ, each of another key
   */
  public record FeatureSample(
      String feature, long compared, long differing, List<Example> examples) {}

  /**
   * The outcome.
   *
   * @param events how many events these keys have among those that were read; of a view that builds
   *     on others how many were read
   * @param keys of how many keys values were compared
   */
  public record Result(long events, int keys, List<FeatureSample> features) {}

  private ViewSample() {}

  /**
   * Compares.
   *
   * @param features names of features that both views have
   * @param events how many events of the history are read at most
   * @throws OfflineException if the history cannot be read, saying why
   */
  public static Result of(Side before, Side after, List<String> features, long events) {
    if (before.node().level() > 0 || after.node().level() > 0) {
      return ChainSample.of(before, after, features, events);
    }
    Map<String, List<Event>> is = eventsByKey(after, events, null);
    Map<String, List<Event>> was =
        before.source().equals(after.source()) ? is : eventsByKey(before, events, is);
    ViewAggregator old = ViewAggregator.of(before.view(), before.source());
    ViewAggregator wanted = ViewAggregator.of(after.view(), after.source());
    Tallies tallies = new Tallies(features, old.rowSchema(), wanted.rowSchema());
    for (Map.Entry<String, List<Event>> key : is.entrySet()) {
      List<Long> instants = instantsOf(key.getValue());
      List<Values> left =
          valuesAt(old, key.getKey(), was.getOrDefault(key.getKey(), List.of()), instants);
      List<Values> right = valuesAt(wanted, key.getKey(), key.getValue(), instants);
      for (int i = 0; i < instants.size(); i++) {
        tallies.compare(key.getKey(), instants.get(i), left.get(i), right.get(i));
      }
    }
    long read = is.values().stream().mapToLong(List::size).sum();
    return new Result(read, is.size(), tallies.samples());
  }

  /** What was found so far of each feature. */
  static final class Tallies {
    private final Map<String, Tally> byFeature = new LinkedHashMap<>();
    private final RowSchema before;
    private final RowSchema after;

    Tallies(List<String> features, RowSchema before, RowSchema after) {
      features.forEach(feature -> byFeature.put(feature, new Tally()));
      this.before = before;
      this.after = after;
    }

    void compare(String key, long asOfMs, Values was, Values is) {
      byFeature.forEach(
          (feature, tally) ->
              tally.compare(key, asOfMs, value(before, was, feature), value(after, is, feature)));
    }

    List<FeatureSample> samples() {
      return byFeature.entrySet().stream()
          .map(
              one ->
                  new FeatureSample(
                      one.getKey(),
                      one.getValue().compared,
                      one.getValue().differing,
                      List.copyOf(one.getValue().examples)))
          .toList();
    }

    private static Object value(RowSchema schema, Values row, String feature) {
      int index = schema.requireIndexOf(feature);
      Field field = schema.field(index);
      return row.boxedAt(index, field.type());
    }
  }

  private static final class Tally {
    private final List<Example> examples = new ArrayList<>();
    private long compared;
    private long differing;

    void compare(String key, long asOfMs, Object before, Object after) {
      compared++;
      if (!Objects.equals(before, after)) {
        differing++;
        boolean another =
            examples.isEmpty() || !examples.get(examples.size() - 1).key().equals(key);
        if (another && examples.size() < EXAMPLES) {
          examples.add(new Example(key, asOfMs, before, after));
        }
      }
    }
  }

  /** The values of one key as of each instant; these ascend. */
  private static List<Values> valuesAt(
      ViewAggregator aggregator, String key, List<Event> events, List<Long> instants) {
    ViewStates states = new ViewStates(aggregator);
    Values empty = aggregator.valuesAt(ViewAggregator.EMPTY, 0);
    List<Values> rows = new ArrayList<>();
    int next = 0;
    for (long asOfMs : instants) {
      while (next < events.size() && events.get(next).timeMs() < asOfMs) {
        Event event = events.get(next++);
        states.add(event.values(), event.timeMs(), event.position().order());
      }
      Values row = states.valuesAt(key, asOfMs);
      rows.add(row == null ? empty : row);
    }
    return rows;
  }

  /** Times of some events, spread evenly, and the instant after the last. */
  private static List<Long> instantsOf(List<Event> events) {
    TreeSet<Long> instants = new TreeSet<>();
    for (int i = 0; i < INSTANTS; i++) {
      instants.add(events.get((int) ((long) i * events.size() / INSTANTS)).timeMs());
    }
    instants.add(events.get(events.size() - 1).timeMs() + 1);
    return List.copyOf(instants);
  }

  /**
   * The events of some keys, in order.
   *
   * @param keys whose; null for those with the smallest hashes of all that occur
   */
  private static Map<String, List<Event>> eventsByKey(
      Side side, long limit, Map<String, List<Event>> keys) {
    KeyReader reader = KeyReader.of(side.view().entity().keys(), side.source().schema());
    Checks checks = Checks.of(List.of(side.source()));
    TreeSet<String> chosen = new TreeSet<>(byHash());
    Map<String, List<Event>> events = new HashMap<>();
    HistoryRange range = HistoryRange.all().first(limit);
    try (MergedHistory history = MergedHistory.open(List.of(side.source()), range)) {
      while (history.hasNext()) {
        Event event = history.next();
        String key = reader.keyTextOf(event.values());
        if (key == null || !checks.hold(event) || (keys != null && !keys.containsKey(key))) {
          continue;
        }
        if (keys == null && !events.containsKey(key)) {
          chosen.add(key);
          if (chosen.size() > KEYS) {
            String evicted = chosen.pollLast();
            events.remove(evicted);
            if (evicted.equals(key)) {
              continue;
            }
          }
        }
        events.computeIfAbsent(key, one -> new ArrayList<>()).add(event);
      }
    }
    return new TreeMap<>(events);
  }

  /** An order of keys by which a few stand for all. */
  static Comparator<String> byHash() {
    return Comparator.comparingInt(ViewSample::spread).thenComparing(Comparator.naturalOrder());
  }

  /** Texts that are alike, such as numbers in a row, lie far apart. */
  private static int spread(String key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash ^ (hash >>> 15);
  }
}
