package io.millrace.feature.window;

import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expressions;
import java.util.List;
import java.util.Optional;

/**
 * How much of a feature's past the state of the view before it holds: what {@link StateMigration}
 * finds again. A feature's own name does not matter; what it keeps of which events does.
 *
 * @param coveredMs how far back what is kept reaches, in milliseconds; of a window without a length
 *     {@link Long#MAX_VALUE} where all is kept
 * @param neededMs how far back the window looks; {@link Long#MAX_VALUE} where only the events tell
 * @param coveredRows of a window of rows how many are kept, of others 0
 * @param neededRows of a window of rows how many it holds, of others 0
 */
public record KeptState(long coveredMs, long neededMs, int coveredRows, int neededRows) {
  private static final KeptState NOTHING = new KeptState(0, Long.MAX_VALUE, 0, 0);

  /** Whether the values are right at once. */
  public boolean isWhole() {
    return coveredMs >= neededMs && coveredRows >= neededRows;
  }

  /** Whether the feature begins empty. */
  public boolean isNothing() {
    return coveredMs == 0;
  }

  /**
   * What is kept of a feature.
   *
   * @param was the view that the state was written with
   * @param latenessBeforeMs how late its events may come
   * @param is the view that reads it, of the same keys and events
   * @param latenessAfterMs how late its events may come
   * @param retracts whether the events' source declares changes, before and after
   * @throws io.millrace.feature.expression.ExpressionException if a view does not compile
   */
  public static KeptState of(
      FeatureView was,
      RowSchema eventsBefore,
      long latenessBeforeMs,
      FeatureView is,
      RowSchema eventsAfter,
      long latenessAfterMs,
      boolean retracts,
      String feature) {
    List<CompiledFeature> before = compiled(was, eventsBefore, runMs(was, latenessBeforeMs));
    List<CompiledFeature> after = compiled(is, eventsAfter, runMs(is, latenessAfterMs));
    CompiledFeature wanted = named(feature, after);
    long runMs = runMs(is, latenessAfterMs);
    boolean knowsRuns =
        runMs(was, latenessBeforeMs) == runMs
            && before.stream().anyMatch(one -> tellsRuns(one, retracts));
    boolean beginsRuns = runMs > 0 && !knowsRuns;
    if (!wanted.isRatio()) {
      return of(before, wanted, retracts, beginsRuns);
    }
    KeptState dividend = of(before, named(wanted.feature().input(), after), retracts, beginsRuns);
    String over = wanted.feature().parameters().over().orElseThrow();
    KeptState divisor = of(before, named(over, after), retracts, beginsRuns);
    return divisor.isNothing() || dividend.isWhole() ? divisor : dividend;
  }

  /** As {@link ViewTracks} has them: of runs where a late event may join two. */
  private static List<CompiledFeature> compiled(FeatureView view, RowSchema events, long runMs) {
    return CompiledFeature.compile(
            view.name(), view.features(), text -> Expressions.compile(text, events))
        .stream()
        .map(one -> one.isRatio() || runMs == 0 ? one : one.inRunsOf(runMs))
        .toList();
  }

  /** After how long without an event a run ends that a late one may join; 0 if none may. */
  private static long runMs(FeatureView view, long latenessMs) {
    return latenessMs > 0 ? view.stateTtl().map(ttl -> ttl.toMillis()).orElse(0L) : 0;
  }

  /** Whether the state of such a feature tells since when a key is not forgotten, where it may. */
  private static boolean tellsRuns(CompiledFeature feature, boolean retracts) {
    boolean inTiles = !retracts || feature.isInvertible();
    return !feature.isRatio()
        && inTiles
        && (feature.isOfRun() || feature.window().kind() == WindowSpec.Kind.ROWS);
  }

  private static CompiledFeature named(String name, List<CompiledFeature> all) {
    return all.stream().filter(f -> f.feature().name().equals(name)).findFirst().orElseThrow();
  }

  private static KeptState of(
      List<CompiledFeature> before, CompiledFeature wanted, boolean retracts, boolean beginsRuns) {
    if (beginsRuns && tellsRuns(wanted, retracts)) {
      // The first event to come begins a run, and what was before is not seen from then on.
      return NOTHING;
    }
    boolean inTiles = !retracts || wanted.isInvertible();
    List<CompiledFeature> alike =
        before.stream()
            .filter(one -> !one.isRatio())
            .filter(one -> inTiles ? sharesTiles(one, wanted) : !one.isInvertible())
            .toList();
    boolean isThere =
        before.stream()
            .filter(one -> !one.isRatio())
            .anyMatch(one -> inTiles ? hasColumns(one, wanted) : sharesEvents(one, wanted));
    if (!isThere) {
      return NOTHING;
    }
    // What lies together is kept as long as any of it needs.
    long coveredMs = alike.stream().mapToLong(one -> reachMs(one.window())).max().orElse(0);
    Optional<Integer> rows = alike.stream().map(one -> one.window().rows()).max(Integer::compareTo);
    return new KeptState(
        coveredMs, reachMs(wanted.window()), rows.orElse(0), wanted.window().rows());
  }

  private static boolean sharesTiles(CompiledFeature one, CompiledFeature other) {
    return Tiling.of(one).equals(Tiling.of(other));
  }

  private static boolean hasColumns(CompiledFeature one, CompiledFeature other) {
    return sharesTiles(one, other) && Columns.of(one).equals(Columns.of(other));
  }

  /** Where events are kept as what they brought, whoever saw them finds them. */
  private static boolean sharesEvents(CompiledFeature one, CompiledFeature other) {
    return !one.isInvertible() && one.source().equals(other.source());
  }

  private static long reachMs(WindowSpec window) {
    return switch (window.kind()) {
      case SLIDING, TUMBLING -> window.lookBackMs();
      case ROWS -> window.lengthMs() == 0 ? Long.MAX_VALUE : window.lengthMs();
      case SESSION, LIFETIME -> Long.MAX_VALUE;
    };
  }
}
