package io.millrace.offline.parity;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.Estimates;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.Changes;
import io.millrace.offline.parity.ParityReport.Difference;
import io.millrace.offline.parity.ParityReport.Estimated;
import io.millrace.offline.parity.ParityReport.Mismatch;
import io.millrace.offline.parity.ParityReport.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Proves what was served: draws predictions, recomputes their vectors from the stored events with
 * {@link NaiveAggregator}, which shares no state and no window code with the stream, and compares
 * to the bit; where a sketch estimates, within the error that it states ({@link Estimates}).
 *
 * <pre>
 * ParityReport report = Parity.of(definitions, "delay_v1", store).check(10_000, seed);
 * </pre>
 *
 * Memory holds the sample and, one view at a time, the events of its keys.
 */
public final class Parity {
  private final Definitions definitions;
  private final VectorPlan plan;
  private final OfflineStore store;
  // Of each value of the vector.
  private final FeatureRule[] rules;

  private Parity(Definitions definitions, VectorPlan plan, OfflineStore store) {
    this.definitions = definitions;
    this.plan = plan;
    this.store = store;
    this.rules = FeatureRule.of(plan, definitions);
  }

  /**
   * @throws IllegalArgumentException if there is no such service
   */
  public static Parity of(Definitions definitions, String service, OfflineStore store) {
    return new Parity(definitions, VectorPlan.of(definitions.service(service), definitions), store);
  }

  /**
   * Compares so many predictions, or all if there are fewer.
   *
   * @param seed which ones: the same seed draws the same ones of the same predictions
   * @param sampleSize 1 or more
   * @throws io.millrace.offline.OfflineException if a file cannot be read
   */
  public ParityReport check(int sampleSize, long seed) {
    if (sampleSize < 1) {
      throw new IllegalArgumentException("a sample has 1 or more, but it is " + sampleSize);
    }
    ServedSample sample =
        new ServedSample(plan, sampleSize, seed).drawFrom(store.root().resolve("predictions"));
    List<Served> served = sample.served();
    Requests.find(store, plan.request(), served);
    List<Served> comparable =
        served.stream().filter(one -> one.vector != null && one.request != null).toList();
    for (int lookup = 0; lookup < plan.lookups().size(); lookup++) {
      recompute(lookup, comparable);
    }
    List<Served> different =
        comparable.stream()
            .filter(one -> !one.differing.isEmpty() || !computedValuesEqual(one))
            .toList();
    Set<Served> late = new HashSet<>(different);
    for (int lookup = 0; lookup < plan.lookups().size(); lookup++) {
      late.removeAll(unexplainedByLateness(lookup, different));
    }
    late.removeIf(one -> !computedValuesEqual(one));
    List<Mismatch> mismatches = new ArrayList<>();
    for (Served one : served) {
      if (one.vector == null) {
        mismatches.add(mismatch(one, Reason.OTHER_DEFINITION, List.of()));
      } else if (one.request == null) {
        mismatches.add(mismatch(one, Reason.NO_REQUEST, List.of()));
      } else if (!one.differing.isEmpty() || !computedValuesEqual(one)) {
        mismatches.add(
            mismatch(
                one,
                late.contains(one) ? Reason.LATE_EVENT : Reason.UNEXPLAINED,
                differences(one)));
      }
    }
    return new ParityReport(
        sample.predictions(),
        served.size(),
        served.size() - mismatches.size(),
        mismatches,
        estimates(comparable));
  }

  /** By which rule each value was compared that need not be equal, and how often it was not. */
  private List<Estimated> estimates(List<Served> comparable) {
    List<Estimated> estimates = new ArrayList<>();
    for (int i = 0; i < plan.vectorSchema().size(); i++) {
      int value = i;
      Optional<String> rule = rules[i].words();
      if (rule.isPresent()) {
        long within = comparable.stream().filter(one -> one.estimated.contains(value)).count();
        estimates.add(new Estimated(plan.vectorSchema().field(i).name(), rule.get(), within));
      }
    }
    return estimates;
  }

  private void recompute(int lookup, List<Served> sample) {
    KeyedEvents events = eventsOf(lookup, sample);
    for (Served one : sample) {
      String key = key(lookup, one);
      List<Known<Event>> known = key == null ? List.of() : events.before(key, one.requestTimeMs);
      if (key != null) {
        one.rows[lookup] = valuesAt(lookup, events, known, one);
      }
      Values[] rows = one.rows.clone();
      Values vector = plan.vector(one.request.values(), rows);
      for (int i = 0; i < vector.size(); i++) {
        if (plan.lookupOf(i) == lookup && !equalAt(i, vector, one.vector)) {
          (admits(i, events, known, one) ? one.estimated : one.differing).add(i);
        }
      }
    }
  }

  /**
   * Those whose values of a view differ from what the events make, and from what those make that
   * were known in time. A view that does not differ needs no explanation.
   */
  private Set<Served> unexplainedByLateness(int lookup, List<Served> different) {
    List<Served> ofView =
        different.stream()
            .filter(one -> one.differing.stream().anyMatch(i -> plan.lookupOf(i) == lookup))
            .toList();
    Set<Served> unexplained = new HashSet<>();
    if (ofView.isEmpty()) {
      return unexplained;
    }
    KeyedEvents events = eventsOf(lookup, ofView);
    for (Served one : ofView) {
      String key = key(lookup, one);
      List<Known<Event>> before = key == null ? List.of() : events.before(key, one.requestTimeMs);
      if (!isExplainedByLateness(lookup, events, before, one)) {
        unexplained.add(one);
      }
    }
    return unexplained;
  }

  /**
   * The vector was put together at some moment between the append of its request and the score.
   * What became known after that moment was not in it, so the events known before one of the
   * moments must give what was served.
   */
  private boolean isExplainedByLateness(
      int lookup, KeyedEvents events, List<Known<Event>> before, Served one) {
    List<Long> moments =
        before.stream()
            .map(Known::knowledgeMs)
            .filter(known -> known >= one.appendedAtMs)
            .map(known -> Math.min(known, one.scoredAtMs + 1))
            .distinct()
            .sorted()
            .toList();
    for (long moment : moments) {
      List<Known<Event>> known = before.stream().filter(k -> k.knowledgeMs() < moment).toList();
      if (viewAgrees(lookup, events, known, one)) {
        return true;
      }
    }
    return false;
  }

  private KeyedEvents eventsOf(int lookup, List<Served> sample) {
    Set<String> keys = new HashSet<>();
    for (Served one : sample) {
      keys.add(key(lookup, one));
    }
    keys.remove(null);
    var view = plan.lookups().get(lookup).view();
    ViewNode node = ViewGraph.of(definitions, List.of(view)).node(view.name());
    if (node.level() > 0) {
      return KeyedEvents.derived(store, definitions, node, keys);
    }
    return KeyedEvents.read(store, view, definitions.source(view.source()), keys);
  }

  private String key(int lookup, Served one) {
    return plan.lookups().get(lookup).keys().keyTextOf(one.request.values());
  }

  private Values valuesAt(int lookup, KeyedEvents events, List<Known<Event>> known, Served one) {
    return NaiveAggregator.valuesAt(
        plan.lookups().get(lookup).view(),
        events.schema(),
        Changes.left(known).stream().map(Known::value).toList(),
        one.requestTimeMs);
  }

  private Values vector(Served one) {
    return plan.vector(one.request.values(), one.rows);
  }

  /** Whether the served values of a lookup's view are what events make. */
  private boolean viewAgrees(int lookup, KeyedEvents events, List<Known<Event>> known, Served one) {
    Values[] rows = one.rows.clone();
    rows[lookup] = valuesAt(lookup, events, known, one);
    Values vector = plan.vector(one.request.values(), rows);
    for (int i = 0; i < vector.size(); i++) {
      if (plan.lookupOf(i) == lookup
          && !equalAt(i, vector, one.vector)
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
            Changes.left(known).stream().map(Known::value).toList(),
            one.requestTimeMs,
            rule.feature(),
            one.vector.boxedAt(index, plan.vectorSchema().field(index).type()));
  }

  /**
   * Whether the computed values follow from the request and the values that they were served with.
   * Of values that are all equal to the recomputed, that says that they are equal to these.
   */
  private boolean computedValuesEqual(Served one) {
    return plan.recomputed(one.request.values(), one.vector).equals(one.vector);
  }

  private static boolean equalAt(int index, Values a, Values b) {
    return a.isNull(index) == b.isNull(index)
        && a.bitsAt(index) == b.bitsAt(index)
        && Objects.equals(a.objectAt(index), b.objectAt(index));
  }

  private List<Difference> differences(Served one) {
    RowSchema schema = plan.vectorSchema();
    Values recomputed = vector(one);
    List<Difference> differences = new ArrayList<>();
    for (int i = 0; i < schema.size(); i++) {
      if (!one.estimated.contains(i) && !equalAt(i, recomputed, one.vector)) {
        Field field = schema.field(i);
        differences.add(
            new Difference(field.name(), text(one.vector, i, field), text(recomputed, i, field)));
      }
    }
    return differences;
  }

  private static String text(Values values, int index, Field field) {
    Object value = values.boxedAt(index, field.type());
    return value == null ? null : value.toString();
  }

  private static Mismatch mismatch(Served one, Reason reason, List<Difference> differences) {
    return new Mismatch(one.id, one.requestKey, one.requestTimeMs, reason, differences);
  }
}
