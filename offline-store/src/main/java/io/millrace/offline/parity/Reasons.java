package io.millrace.offline.parity;

import io.millrace.feature.Definitions;
import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.Known;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.Manifest;
import io.millrace.offline.snapshot.TableSnapshots;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Why vectors are not what the events say. A reason is given only with what proves it; the first
 * that holds:
 *
 * <pre>
 * ANSWERED_TWICE     another prediction of the same request has other values
 * LATE_EVENT         without the events that became known after it, every view of it is equal
 * DEFINITION_CHANGE  definitions that were applied before make it, or have its columns
 * ERASED             a table that it depends on was erased from after it was answered
 * BEYOND_BOUND       all that differs are estimates
 * ACROSS_RESTART     the job was started between the append of the request and its answer
 * </pre>
 *
 * The last three say what happened to that very prediction; they do not show that nothing else did.
 */
final class Reasons {
  /** The operation of a commit that removes a subject's rows. */
  static final String ERASE = "erase";

  private static final int SHOWN_EVENTS = 3;
  private static final int SHOWN_MOMENTS = 100;

  /** A reason with what proves it. */
  record Proof(Reason reason, String evidence) {}

  private final OfflineStore store;
  private final Definitions definitions;
  private final VectorPlan plan;
  private final StoreCut cut;
  private final Recomputation recomputation;

  Reasons(
      OfflineStore store,
      Definitions definitions,
      VectorPlan plan,
      StoreCut cut,
      Recomputation recomputation) {
    this.store = store;
    this.definitions = definitions;
    this.plan = plan;
    this.cut = cut;
    this.recomputation = recomputation;
  }

  /**
   * The reason of each mismatch.
   *
   * @param all that was sampled, equal or not
   */
  Map<Served, Proof> of(List<Served> different, List<Served> all) {
    Map<Served, Proof> proofs = new HashMap<>();
    if (different.isEmpty()) {
      return proofs;
    }
    answeredTwice(different, all, proofs);
    late(left(different, proofs), proofs);
    new EarlierDefinitions(store, definitions, plan, cut).prove(left(different, proofs), proofs);
    erased(left(different, proofs), proofs);
    for (Served one : left(different, proofs)) {
      proofs.put(one, rest(one));
    }
    return proofs;
  }

  static List<Served> left(List<Served> different, Map<Served, Proof> proofs) {
    return different.stream().filter(one -> !proofs.containsKey(one)).toList();
  }

  private static void answeredTwice(
      List<Served> different, List<Served> all, Map<Served, Proof> proofs) {
    Map<String, List<Served>> byId = all.stream().collect(Collectors.groupingBy(one -> one.id));
    for (Served one : different) {
      for (Served other : byId.get(one.id)) {
        if (other != one
            && one.vector != null
            && other.vector != null
            && !one.vector.equals(other.vector)) {
          proofs.putIfAbsent(
              one,
              new Proof(
                  Reason.ANSWERED_TWICE,
                  "answered at %s by %s version %d, and with other values at %s by %s version %d"
                      .formatted(
                          Instant.ofEpochMilli(one.scoredAtMs),
                          one.model,
                          one.modelVersion,
                          Instant.ofEpochMilli(other.scoredAtMs),
                          other.model,
                          other.modelVersion)));
        }
      }
    }
  }

  /** Those of which every view that differs is equal without what became known later. */
  private void late(List<Served> different, Map<Served, Proof> proofs) {
    List<Served> candidates =
        different.stream()
            .filter(one -> one.isComparable() && recomputation.computedValuesEqual(one))
            .toList();
    Map<Served, List<Known<Event>>> late = new HashMap<>();
    candidates.forEach(one -> late.put(one, new ArrayList<>()));
    recomputation.eachLookup(
        candidates,
        (lookup, events) -> {
          for (Served one : candidates) {
            boolean differs = one.differing.stream().anyMatch(i -> plan.lookupOf(i) == lookup);
            if (differs && late.containsKey(one)) {
              List<Known<Event>> found = lateOf(lookup, events, one);
              if (found.isEmpty()) {
                late.remove(one);
              } else {
                late.get(one).addAll(found);
              }
            }
          }
        });
    late.forEach(
        (one, events) -> {
          if (!events.isEmpty()) {
            proofs.put(one, new Proof(Reason.LATE_EVENT, words(one, events)));
          }
        });
  }

  /**
   * The vector was put together at some moment between the append of its request and the score.
   * What became known after that moment was not in it, so the events known before one of the
   * moments must give what was served. Those that were not are the late ones; none if no moment
   * explains it.
   */
  private List<Known<Event>> lateOf(int lookup, KeyedEvents events, Served one) {
    String key = recomputation.key(lookup, one);
    List<Known<Event>> before = key == null ? List.of() : events.before(key, one.requestTimeMs);
    List<Long> moments =
        before.stream()
            .map(Known::knowledgeMs)
            .filter(known -> known >= one.appendedAtMs)
            .map(known -> Math.min(known, one.scoredAtMs + 1))
            .distinct()
            .sorted()
            .limit(SHOWN_MOMENTS)
            .toList();
    for (long moment : moments) {
      List<Known<Event>> known = before.stream().filter(k -> k.knowledgeMs() < moment).toList();
      if (recomputation.viewAgrees(lookup, events, known, one)) {
        return before.stream().filter(k -> k.knowledgeMs() >= moment).toList();
      }
    }
    return List.of();
  }

  private static String words(Served one, List<Known<Event>> late) {
    List<String> shown =
        late.stream()
            .map(
                known ->
                    "%s of %s became known at %s"
                        .formatted(
                            known.value().position(),
                            Instant.ofEpochMilli(known.value().timeMs()),
                            Instant.ofEpochMilli(known.knowledgeMs())))
            .distinct()
            .toList();
    return "answered at %s; %s%s"
        .formatted(
            Instant.ofEpochMilli(one.scoredAtMs),
            String.join("; ", shown.subList(0, Math.min(SHOWN_EVENTS, shown.size()))),
            shown.size() > SHOWN_EVENTS ? "; and " + (shown.size() - SHOWN_EVENTS) + " more" : "");
  }

  /** Those that were answered before a subject was erased from a table that they depend on. */
  private void erased(List<Served> different, Map<Served, Proof> proofs) {
    if (different.isEmpty()) {
      return;
    }
    Map<String, List<Manifest>> erasures = new TreeMap<>();
    for (String name : StoreCut.sources(definitions, plan)) {
      EventSource source = definitions.source(name);
      String table = OfflineTables.events(source).folder();
      erasures.put(
          table,
          new TableSnapshots(
                  new LocalStoreFiles(store.root().resolve(table)), InstantSource.system())
              .history().stream().filter(m -> m.operation().equals(ERASE)).toList());
    }
    for (Served one : different) {
      erasures.forEach(
          (table, manifests) ->
              manifests.stream()
                  .filter(manifest -> manifest.at().toEpochMilli() > one.scoredAtMs)
                  .findFirst()
                  .ifPresent(
                      manifest ->
                          proofs.putIfAbsent(
                              one,
                              new Proof(
                                  Reason.ERASED,
                                  "answered at %s; snapshot %d of %s erased rows at %s"
                                      .formatted(
                                          Instant.ofEpochMilli(one.scoredAtMs),
                                          manifest.id(),
                                          table,
                                          manifest.at())))));
    }
  }

  private Proof rest(Served one) {
    if (one.request == null && one.vector != null) {
      return new Proof(
          Reason.NO_REQUEST, "no event of " + plan.request().name() + " has that position");
    }
    boolean onlyEstimates =
        !one.differing.isEmpty()
            && one.differing.stream().allMatch(i -> recomputation.rule(i).words().isPresent())
            && recomputation.computedValuesEqual(one);
    if (onlyEstimates) {
      return new Proof(
          Reason.BEYOND_BOUND,
          one.differing.stream()
              .map(
                  i ->
                      plan.vectorSchema().field(i).name()
                          + ": "
                          + recomputation.rule(i).words().get())
              .collect(Collectors.joining("; ")));
    }
    Optional<Long> start =
        cut.starts().stream()
            .filter(ms -> ms > one.appendedAtMs && ms <= one.scoredAtMs)
            .findFirst();
    if (start.isPresent()) {
      return new Proof(
          Reason.ACROSS_RESTART,
          "appended at %s, answered at %s by a job that was started at %s"
              .formatted(
                  Instant.ofEpochMilli(one.appendedAtMs),
                  Instant.ofEpochMilli(one.scoredAtMs),
                  Instant.ofEpochMilli(start.get())));
    }
    return new Proof(Reason.UNEXPLAINED, "");
  }
}
