package io.millrace.benchmarks.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.benchmarks.Machine;
import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Expectation;
import io.millrace.feature.FeatureView;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import io.millrace.feature.window.ViewAggregator;
import io.millrace.offline.history.HistoryRange;
import io.millrace.offline.history.MergedHistory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How many bytes the state of a key takes, for each view of the flights example: its whole history
 * is added, in order, and what the engine keeps at the end is measured. The engine alone; a state
 * backend adds the key ({@code view_v1|key}) and what it keeps itself.
 *
 * <pre>./millrace bench flight-states [DATASET]</pre>
 */
public final class FlightStates {
  private FlightStates() {}

  /**
   * @param arguments the dataset; that of the definitions, nyc2013_2017, if there is none
   */
  public static void main(String[] arguments) throws Exception {
    String dataset = arguments.length == 0 ? "nyc2013_2017" : arguments[0];
    Path home = Path.of(System.getProperty("millrace.home", "."));
    Definitions flights =
        DefinitionFiles.load(
            home.resolve("feature-definitions/flights"), Map.of("dataset", dataset));
    List<Map<String, Object>> views = new ArrayList<>();
    long events = 0;
    List<KeysOf> all = new ArrayList<>();
    flights.views().forEach(view -> all.add(new KeysOf(view, flights.source(view.source()))));
    Map<String, Predicate<Event>> expected = new HashMap<>();
    flights.sources().forEach(source -> expected.put(source.name(), expectationsOf(source)));
    long lastMs = Long.MIN_VALUE;
    try (MergedHistory past = MergedHistory.open(flights.sources(), HistoryRange.all())) {
      while (past.hasNext()) {
        Event event = past.next();
        events++;
        lastMs = event.timeMs();
        if (expected.get(event.source()).test(event)) {
          all.forEach(keys -> keys.add(event));
        }
      }
    }
    for (KeysOf keys : all) {
      views.add(keys.measured(lastMs + 1));
    }
    Map<String, Object> result = new LinkedHashMap<>(Machine.describe());
    result.put("dataset", dataset);
    result.put("events", events);
    result.put("views", views);
    System.out.println("RESULT " + new ObjectMapper().writeValueAsString(result));
    System.out.println("| view | features | keys | mean bytes | p99 | max | MB in all |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|");
    for (Map<String, Object> view : views) {
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %,d | %,d | %,d | %,d | %.1f |%n",
          view.get("view"),
          number(view, "features"),
          number(view, "keys"),
          number(view, "mean"),
          number(view, "p99"),
          number(view, "max"),
          number(view, "total") / 1e6);
    }
  }

  private static long number(Map<String, Object> view, String name) {
    return ((Number) view.get(name)).longValue();
  }

  private static Predicate<Event> expectationsOf(EventSource source) {
    List<Expression> kept =
        source.expectations().stream()
            .filter(one -> one.onFail() != Expectation.OnFail.TAG)
            .map(one -> Expressions.compile(one.check(), source.schema()))
            .toList();
    return event ->
        kept.stream()
            .allMatch(check -> check.isNull(event.values()) || check.booleanAt(event.values()));
  }

  /** The states of one view. */
  private static final class KeysOf {
    private final FeatureView view;
    private final ViewAggregator aggregator;
    private final Map<String, byte[]> states = new HashMap<>();

    private KeysOf(FeatureView view, EventSource source) {
      this.view = view;
      this.aggregator = ViewAggregator.of(view, source);
    }

    private void add(Event event) {
      if (!event.source().equals(view.source())) {
        return;
      }
      String key = aggregator.keys().keyTextOf(event.values());
      if (key != null) {
        byte[] added =
            aggregator.add(
                states.getOrDefault(key, ViewAggregator.EMPTY),
                event.timeMs(),
                event.position().order(),
                aggregator.contribution(event.values()));
        states.put(key, aggregator.expire(added, event.timeMs() + 1));
      }
    }

    private Map<String, Object> measured(long asOfMs) {
      // As the wakes of a job leave them.
      int[] bytes =
          states.values().stream()
              .mapToInt(state -> aggregator.expire(state, asOfMs).length)
              .filter(length -> length > 0)
              .sorted()
              .toArray();
      long total = Arrays.stream(bytes).asLongStream().sum();
      Map<String, Object> measured = new LinkedHashMap<>();
      measured.put("view", view.id());
      measured.put("features", view.features().size());
      measured.put("keys", bytes.length);
      measured.put("mean", bytes.length == 0 ? 0 : total / bytes.length);
      measured.put("p99", bytes.length == 0 ? 0 : bytes[(int) Math.ceil(bytes.length * 0.99) - 1]);
      measured.put("max", bytes.length == 0 ? 0 : bytes[bytes.length - 1]);
      measured.put("total", total);
      return measured;
    }
  }
}
