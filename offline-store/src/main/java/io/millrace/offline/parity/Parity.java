package io.millrace.offline.parity;

import io.millrace.feature.Definitions;
import io.millrace.feature.loop.ParityReport.DifferentValue;
import io.millrace.feature.loop.ParityReport.FeatureParity;
import io.millrace.feature.loop.ParityReport.Mismatch;
import io.millrace.feature.loop.ParityReport.Reason;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.feature.window.NaiveAggregator;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parity.ParityCheck.Estimated;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Proves what was served: takes predictions, recomputes their vectors from the stored events by the
 * specification ({@link NaiveAggregator}), which shares no state and no window code with the
 * stream, and compares to the bit; where a sketch estimates, within the error that it states.
 *
 * <pre>
 * Parity parity = Parity.of(definitions, "delay_v1", store);
 * ParityCheck drawn = parity.check(10_000, seed);
 * ParityCheck all = parity.checkAll(100_000, progress -> {});
 *
 * StoreCut cut = parity.cut();
 * ParityCheck round = parity.check(cut, afterMs, cut.completeMs().getAsLong(), 10_000, seed);
 * </pre>
 *
 * Memory holds the sample and, one source at a time, the events of its keys that its windows reach
 * back to. Immutable and thread-safe.
 */
public final class Parity {
  private final Definitions definitions;
  private final VectorPlan plan;
  private final OfflineStore store;
  private final List<String> models;

  private Parity(
      Definitions definitions, VectorPlan plan, OfflineStore store, Collection<String> models) {
    this.definitions = definitions;
    this.plan = plan;
    this.store = store;
    this.models = List.copyOf(models);
  }

  /**
   * @throws IllegalArgumentException if there is no such service
   */
  public static Parity of(Definitions definitions, String service, OfflineStore store) {
    return new Parity(
        definitions, VectorPlan.of(definitions.service(service), definitions), store, List.of());
  }

  /** The same for the predictions of some models; of all that there are, if none is named. */
  public Parity ofModels(Collection<String> names) {
    return new Parity(definitions, plan, store, names);
  }

  /** The newest snapshots of all that is read. */
  public StoreCut cut() {
    return StoreCut.of(store, definitions, plan, models);
  }

  /**
   * Compares so many predictions, or all if there are fewer.
   *
   * @param seed which ones: the same seed draws the same ones of the same predictions
   * @param sampleSize 1 or more
   * @throws io.millrace.offline.OfflineException if a file cannot be read
   */
  public ParityCheck check(int sampleSize, long seed) {
    return check(cut(), Long.MIN_VALUE, Long.MAX_VALUE, sampleSize, seed);
  }

  /**
   * Compares every prediction, some days at a time.
   *
   * @param batchSize a batch is the least days with so many predictions: what memory holds
   * @param progress told what was found so far
   */
  public ParityCheck checkAll(int batchSize, Consumer<ParityCheck> progress) {
    StoreCut cut = cut();
    ParityCheck all = check(cut, Long.MIN_VALUE, Long.MIN_VALUE, 1, 0);
    long afterMs = Long.MIN_VALUE;
    for (long untilMs : ServedDays.batches(cut, plan.service().name(), batchSize)) {
      all = all.plus(check(cut, afterMs, untilMs, Integer.MAX_VALUE, 0));
      progress.accept(all);
      afterMs = untilMs;
    }
    return all;
  }

  /**
   * Compares predictions for requests of {@code (afterMs, untilMs]}.
   *
   * @param budget at most so many, 1 or more
   * @param seed which ones, if there are more
   */
  public ParityCheck check(StoreCut cut, long afterMs, long untilMs, int budget, long seed) {
    if (budget < 1) {
      throw new IllegalArgumentException("a sample has 1 or more, but it is " + budget);
    }
    ServedSample sample = new ServedSample(plan, budget, seed).drawFrom(cut, afterMs, untilMs);
    List<Served> served = sample.served();
    Requests.find(cut, plan.request(), served);
    List<Served> comparable = served.stream().filter(Served::isComparable).toList();
    Recomputation recomputation = new Recomputation(definitions, plan, cut);
    recomputation.run(comparable);
    List<Served> different =
        served.stream().filter(one -> !one.isComparable() || !recomputation.isEqual(one)).toList();
    Map<Served, Reasons.Proof> proofs =
        new Reasons(store, definitions, plan, cut, recomputation).of(different, served);
    Map<Reason, Long> reasons = new EnumMap<>(Reason.class);
    Map<String, Long> wrong = new HashMap<>();
    List<Mismatch> mismatches = new ArrayList<>();
    for (Served one : different) {
      Reasons.Proof proof = proofs.get(one);
      reasons.merge(proof.reason(), 1L, Long::sum);
      List<DifferentValue> values = one.isComparable() ? recomputation.differences(one) : List.of();
      values.forEach(value -> wrong.merge(value.feature(), 1L, Long::sum));
      if (mismatches.size() < ParityCheck.MOST_MISMATCHES) {
        mismatches.add(mismatch(one, proof, values));
      }
    }
    return new ParityCheck(
        sample.predictions(),
        served.size(),
        served.size() - different.size(),
        reasons,
        mismatches,
        estimates(recomputation, comparable),
        features(comparable, wrong),
        cut.snapshots());
  }

  /** By which rule each value was compared that need not be equal, and how often it was not. */
  private List<Estimated> estimates(Recomputation recomputation, List<Served> comparable) {
    List<Estimated> estimates = new ArrayList<>();
    for (int i = 0; i < plan.vectorSchema().size(); i++) {
      Optional<String> rule = recomputation.rule(i).words();
      if (rule.isPresent()) {
        estimates.add(
            new Estimated(
                plan.vectorSchema().field(i).name(), rule.get(), estimated(comparable, i)));
      }
    }
    return estimates;
  }

  private List<FeatureParity> features(List<Served> comparable, Map<String, Long> wrong) {
    List<FeatureParity> features = new ArrayList<>();
    for (int i = 0; i < plan.vectorSchema().size(); i++) {
      String name = plan.vectorSchema().field(i).name();
      features.add(
          new FeatureParity(
              name, comparable.size(), estimated(comparable, i), wrong.getOrDefault(name, 0L)));
    }
    return features;
  }

  private static long estimated(List<Served> comparable, int value) {
    return comparable.stream().filter(one -> one.estimated.contains(value)).count();
  }

  private static Mismatch mismatch(Served one, Reasons.Proof proof, List<DifferentValue> values) {
    return new Mismatch(
        one.id,
        one.requestKey,
        one.requestTimeMs,
        one.model,
        one.modelVersion,
        proof.reason(),
        proof.evidence(),
        values);
  }
}
