package io.millrace.offline.parity;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.loop.ParityReport.DifferentValue;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.feature.window.NaiveHistory;
import io.millrace.offline.Known;
import io.millrace.offline.history.Changes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Makes vectors anew from the events of a cut and finds the values that differ. The keys of a view
 * are recomputed in parallel; one source's events are in memory at a time.
 */
final class Recomputation {
  /** Takes the events of one lookup of the plan. */
  @FunctionalInterface
  interface LookupEvents {
    void take(int lookup, KeyedEvents events);
  }

  private final Definitions definitions;
  private final VectorPlan plan;
  private final StoreCut cut;
  // Of each value of the vector.
  private final FeatureRule[] rules;

  Recomputation(Definitions definitions, VectorPlan plan, StoreCut cut) {
    this.definitions = definitions;
    this.plan = plan;
    this.cut = cut;
    this.rules = FeatureRule.of(plan, definitions);
  }

  FeatureRule rule(int value) {
    return rules[value];
  }

  /** Finds what differs of vectors whose requests are known. */
  void run(List<Served> comparable) {
    eachLookup(comparable, (lookup, events) -> compare(lookup, events, comparable));
  }

  /** Goes through all lookups, each with the events of the keys that the sample asks for. */
  void eachLookup(List<Served> sample, LookupEvents use) {
    if (sample.isEmpty()) {
      return;
    }
    long firstMs = sample.stream().mapToLong(one -> one.requestTimeMs).min().orElseThrow();
    long lastMs = sample.stream().mapToLong(one -> one.requestTimeMs).max().orElseThrow();
    Map<EventSource, List<Integer>> bySource = new LinkedHashMap<>();
    for (int lookup = 0; lookup < plan.lookups().size(); lookup++) {
      FeatureView view = plan.lookups().get(lookup).view();
      ViewNode node = ViewGraph.of(definitions, List.of(view)).node(view.name());
      if (node.level() > 0) {
        use.take(lookup, KeyedEvents.derived(cut, definitions, node, keys(lookup, sample)));
      } else {
        bySource
            .computeIfAbsent(definitions.source(view.source()), source -> new ArrayList<>())
            .add(lookup);
      }
    }
    bySource.forEach(
        (source, lookups) -> {
          List<KeyedEvents.Wanted> wanted =
              lookups.stream()
                  .map(
                      lookup ->
                          new KeyedEvents.Wanted(
                              plan.lookups().get(lookup).view(), keys(lookup, sample), firstMs))
                  .toList();
          List<KeyedEvents> events = KeyedEvents.read(cut.events(source), source, wanted, lastMs);
          for (int i = 0; i < events.size(); i++) {
            use.take(lookups.get(i), events.get(i));
          }
        });
  }

  private Set<String> keys(int lookup, List<Served> sample) {
    Set<String> keys = new HashSet<>();
    for (Served one : sample) {
      keys.add(key(lookup, one));
    }
    keys.remove(null);
    return keys;
  }

  private void compare(int lookup, KeyedEvents events, List<Served> sample) {
    NaiveHistory.Of view = NaiveHistory.of(plan.lookups().get(lookup).view(), events.schema());
    Map<String, List<Served>> byKey = new HashMap<>();
    for (Served one : sample) {
      String key = key(lookup, one);
      if (key == null) {
        compare(lookup, events, one);
      } else {
        byKey.computeIfAbsent(key, any -> new ArrayList<>()).add(one);
      }
    }
    byKey.entrySet().parallelStream()
        .forEach(
            ofKey -> {
              NaiveHistory history = view.key(values(events.of(ofKey.getKey())));
              ofKey.getValue().parallelStream()
                  .forEach(
                      one -> {
                        one.rows[lookup] = history.valuesAt(one.requestTimeMs);
                        compare(lookup, events, one);
                      });
            });
  }

  private void compare(int lookup, KeyedEvents events, Served one) {
    for (int i = 0; i < rules.length; i++) {
      if (plan.lookupOf(i) == lookup && !isEqual(i, one.rows[lookup], one.vector)) {
        String key = key(lookup, one);
        List<Known<Event>> known = key == null ? List.of() : events.before(key, one.requestTimeMs);
        (admits(i, events, known, one) ? one.estimated : one.differing).add(i);
      }
    }
  }

  /** Whether a value of a view's row, or of none, is the served one to the bit. */
  private boolean isEqual(int index, Values row, Values vector) {
    Values recomputed = row == null ? plan.lookups().get(plan.lookupOf(index)).empty() : row;
    return equalAt(recomputed, plan.columnOf(index), vector, index);
  }

  /** What is left of events, in their order. */
  static List<Event> values(List<Known<Event>> known) {
    return Changes.left(known).stream().map(Known::value).toList();
  }

  /** The key of a lookup's row; null if the request has none. */
  String key(int lookup, Served one) {
    return plan.lookups().get(lookup).keys().keyTextOf(one.request.values());
  }

  /** Whether the served values of a lookup's view are what events make. */
  boolean viewAgrees(int lookup, KeyedEvents events, List<Known<Event>> known, Served one) {
    Values row =
        NaiveAggregator.valuesAt(
            plan.lookups().get(lookup).view(), events.schema(), values(known), one.requestTimeMs);
    for (int i = 0; i < rules.length; i++) {
      if (plan.lookupOf(i) == lookup
          && !isEqual(i, row, one.vector)
          && !admits(i, events, known, one)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a served value may be what it is although the exact one is another. */
  private boolean admits(int index, KeyedEvents events, List<Known<Event>> known, Served one) {
    FeatureRule rule = rules[index];
    if (rule.isOfEstimates()) {
      return true;
    }
    return rule.words().isPresent()
        && NaiveAggregator.admits(
            plan.lookups().get(plan.lookupOf(index)).view(),
            events.schema(),
            values(known),
            one.requestTimeMs,
            rule.feature(),
            one.vector.boxedAt(index, plan.vectorSchema().field(index).type()));
  }

  boolean isEqual(Served one) {
    return one.differing.isEmpty() && computedValuesEqual(one);
  }

  /**
   * Whether the computed values follow from the request and the values that they were served with.
   * Of values that are all equal to the recomputed, that says that they are equal to these.
   */
  boolean computedValuesEqual(Served one) {
    return plan.recomputed(one.request.values(), one.vector).equals(one.vector);
  }

  private static boolean equalAt(Values a, int indexA, Values b, int indexB) {
    return a.isNull(indexA) == b.isNull(indexB)
        && a.bitsAt(indexA) == b.bitsAt(indexB)
        && Objects.equals(a.objectAt(indexA), b.objectAt(indexB));
  }

  /** The values that differ, computed ones too, in the order of the vector. */
  List<DifferentValue> differences(Served one) {
    RowSchema schema = plan.vectorSchema();
    Values recomputed = plan.vector(one.request.values(), one.rows);
    List<DifferentValue> differences = new ArrayList<>();
    for (int i = 0; i < schema.size(); i++) {
      if (!one.estimated.contains(i) && !equalAt(recomputed, i, one.vector, i)) {
        Field field = schema.field(i);
        String key = plan.lookupOf(i) < 0 ? null : key(plan.lookupOf(i), one);
        differences.add(
            new DifferentValue(
                field.name(),
                key == null ? "" : key,
                text(one.vector, i, field),
                text(recomputed, i, field)));
      }
    }
    return differences;
  }

  private static Optional<String> text(Values values, int index, Field field) {
    return Optional.ofNullable(values.boxedAt(index, field.type())).map(Object::toString);
  }
}
