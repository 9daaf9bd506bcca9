package io.millrace.jobs.feature;

import io.millrace.feature.DeadLetter;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Position;
import io.millrace.feature.window.ViewAggregator;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.metrics.Counter;

/**
 * What is wrong with the values of a key, though its row is made: each row whose sum is no long is
 * counted, and when that begins, a dead letter says so; likewise when an exact window holds more
 * events than it keeps apart. Which keys have such sums is part of the checkpoint, so that a
 * restart does not say it again. Not thread-safe.
 */
final class FeatureTrouble implements IntConsumer {
  private final LongSupplier clock;
  private final Consumer<DeadLetter> letters;
  private final Counter overflows;
  private final Counter coarsened;
  private final Map<String, BitSet> overflowing = new HashMap<>();
  private BitSet found = new BitSet();

  /**
   * @param clock asked only when there is trouble, milliseconds since the epoch
   */
  FeatureTrouble(
      LongSupplier clock, Consumer<DeadLetter> letters, Counter overflows, Counter coarsened) {
    this.clock = clock;
    this.letters = letters;
    this.overflows = overflows;
    this.coarsened = coarsened;
  }

  /** What a checkpoint must keep: a message a key that has values that are no long. */
  List<ViewMessage> toKeep(Map<String, Integer> positions, ViewAggregator[] aggregators) {
    List<ViewMessage> kept = new ArrayList<>();
    overflowing.forEach(
        (key, features) -> {
          int view = positions.get(Migrations.viewIdOf(key));
          String names =
              features.stream()
                  .mapToObj(i -> aggregators[view].view().features().get(i).name())
                  .collect(Collectors.joining("\n"));
          kept.add(ViewMessage.overflowing(view, key, names.getBytes(StandardCharsets.UTF_8)));
        });
    return kept;
  }

  /** Takes what a checkpoint kept; features that are no more are left out. */
  void restore(ViewMessage kept, ViewAggregator aggregator) {
    Set<String> names = Set.of(new String(kept.input(), StandardCharsets.UTF_8).split("\n"));
    BitSet features = new BitSet();
    for (int i = 0; i < aggregator.view().features().size(); i++) {
      features.set(i, names.contains(aggregator.view().features().get(i).name()));
    }
    overflowing.put(kept.stateKey(), features);
  }

  /** Knows no more of keys for which the test holds. */
  void forget(Predicate<String> stateKeys) {
    overflowing.keySet().removeIf(stateKeys);
  }

  /** Takes the position of a feature of the row in the making whose value is no long. */
  @Override
  public void accept(int feature) {
    found.set(feature);
  }

  /** Reports what {@link #accept} took; the row is made. */
  void endOfRow(ViewMessage cause, ViewAggregator aggregator, long asOfMs) {
    if (found.isEmpty()) {
      if (!overflowing.isEmpty()) {
        overflowing.remove(cause.stateKey());
      }
      return;
    }
    overflows.inc(found.cardinality());
    BitSet before = overflowing.put(cause.stateKey(), found);
    BitSet begun = (BitSet) found.clone();
    if (before != null) {
      begun.andNot(before);
    }
    FeatureView view = aggregator.view();
    begun.stream()
        .mapToObj(i -> view.features().get(i).name())
        .forEach(
            name ->
                letters.accept(
                    letter(
                        cause,
                        view,
                        clock.getAsLong(),
                        "overflow",
                        name
                            + " of "
                            + key(cause, view)
                            + " as of "
                            + Instant.ofEpochMilli(asOfMs)
                            + " is no 64-bit integer, so the row has null; give "
                            + name
                            + " a FLOAT64 input, such as double(...), a shorter window, or a where"
                            + " that leaves out what is too large")));
    found = new BitSet();
  }

  /** Reports a key of which an exact window begins to hold more than it keeps apart. */
  void coarse(ViewMessage cause, ViewAggregator aggregator) {
    coarsened.inc();
    FeatureView view = aggregator.view();
    letters.accept(
        letter(
            cause,
            view,
            clock.getAsLong(),
            "coarsened",
            key(cause, view)
                + " has more events in a window than are kept apart, so from now on its older ones"
                + " leave the exact windows of "
                + view.id()
                + " several at a time; give these windows a resolution, or more most-instants"));
  }

  private static String key(ViewMessage cause, FeatureView view) {
    String key = cause.stateKey().substring(view.id().length() + 1);
    return "key " + new EntityKey(key).text() + " of " + view.id();
  }

  private static DeadLetter letter(
      ViewMessage cause, FeatureView view, long nowMs, String reason, String detail) {
    // Where the event was read whose row it is; of a row that time made, nowhere.
    Position position =
        new Position(view.source(), (int) (cause.order() >>> 48), cause.order() & (1L << 48) - 1);
    return new DeadLetter(view.source(), position, nowMs, reason, detail, new byte[0]);
  }
}
