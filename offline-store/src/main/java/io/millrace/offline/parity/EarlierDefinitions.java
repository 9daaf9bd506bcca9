package io.millrace.offline.parity;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parity.Reasons.Proof;
import io.millrace.offline.plan.Applied;
import io.millrace.offline.plan.AppliedDefinitions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Finds the vectors that definitions made that were applied before those of today. */
final class EarlierDefinitions {
  private final OfflineStore store;
  private final Definitions definitions;
  private final VectorPlan plan;
  private final StoreCut cut;

  EarlierDefinitions(OfflineStore store, Definitions definitions, VectorPlan plan, StoreCut cut) {
    this.store = store;
    this.definitions = definitions;
    this.plan = plan;
    this.cut = cut;
  }

  /** Those that definitions make that were applied before, or that have columns of such. */
  void prove(List<Served> different, Map<Served, Proof> proofs) {
    if (different.isEmpty()) {
      return;
    }
    for (Applied applied : new AppliedDefinitions(store).others()) {
      if (!applied.definitions().hash().equals(definitions.hash())) {
        madeBy(applied, Reasons.left(different, proofs), proofs);
      }
    }
    for (Served one : Reasons.left(different, proofs)) {
      if (one.vector == null) {
        proofs.put(
            one,
            new Proof(
                Reason.DEFINITION_CHANGE,
                "the vector's columns are not the service's: " + one.otherColumns));
      }
    }
  }

  private void madeBy(Applied applied, List<Served> different, Map<Served, Proof> proofs) {
    VectorPlan earlier;
    try {
      earlier =
          VectorPlan.of(
              applied.definitions().service(plan.service().name()), applied.definitions());
    } catch (IllegalArgumentException | ExpressionException e) {
      // They had no such service, or one that this version of Millrace refuses.
      return;
    }
    String which =
        "the definitions applied as number %d at %s".formatted(applied.number(), applied.at());
    String columns =
        earlier.vectorSchema().fields().stream()
            .map(field -> field.name() + " " + field.type())
            .collect(Collectors.joining(", "));
    for (Served one : different) {
      if (one.vector == null && one.otherColumns.equals(columns)) {
        proofs.put(one, new Proof(Reason.DEFINITION_CHANGE, "its columns are those of " + which));
      }
    }
    boolean readable =
        earlier.vectorSchema().fields().equals(plan.vectorSchema().fields())
            && StoreCut.sources(applied.definitions(), earlier).stream()
                .allMatch(name -> isReadAs(applied.definitions().source(name)));
    List<Served> again = new ArrayList<>();
    Map<Served, Served> originals = new HashMap<>();
    for (Served one : different) {
      if (readable && one.isComparable()) {
        Served copy = one.again(earlier.lookups().size());
        again.add(copy);
        originals.put(copy, one);
      }
    }
    Recomputation byThem = new Recomputation(applied.definitions(), earlier, cut);
    byThem.run(again);
    for (Served copy : again) {
      if (byThem.isEqual(copy)) {
        proofs.put(
            originals.get(copy),
            new Proof(Reason.DEFINITION_CHANGE, "it is what " + which + " make"));
      }
    }
  }

  /** Whether the events that are stored are those of an earlier definition of their source. */
  private boolean isReadAs(EventSource earlier) {
    return definitions.sources().stream()
        .anyMatch(
            now ->
                now.name().equals(earlier.name())
                    && now.topic().equals(earlier.topic())
                    && now.schema().fields().equals(earlier.schema().fields()));
  }
}
