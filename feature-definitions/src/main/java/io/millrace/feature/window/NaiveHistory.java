package io.millrace.feature.window;

import io.millrace.feature.Event;
import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expressions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The specification of {@link NaiveAggregator} for many instants of one key: each event's inputs
 * are evaluated once, the events of a window are found by bisection, and a value is made from all
 * of them by its definition. Nothing is kept from one value to the next.
 *
 * <pre>
 * NaiveHistory.Of view = NaiveHistory.of(featureView, schema);      // once a view; thread-safe
 * NaiveHistory history = view.key(eventsOfKey);                     // once a key
 * Values values = history.valuesAt(asOfMs);
 * </pre>
 *
 * Immutable and thread-safe.
 */
public final class NaiveHistory {
  private final FeatureView view;
  private final List<CompiledFeature> features;
  private final long[] times;
  // For each event the first that is not forgotten when it is the last: the view's state-ttl.
  private final int[] since;
  // By feature, in the total order of their events; of a ratio empty.
  private final List<List<NaiveFunctions.Input>> taken;

  private NaiveHistory(FeatureView view, List<CompiledFeature> features, List<Event> sorted) {
    this.view = view;
    this.features = features;
    this.times = new long[sorted.size()];
    this.since = new int[sorted.size()];
    for (int i = 0; i < times.length; i++) {
      times[i] = sorted.get(i).timeMs();
      boolean begins =
          i == 0
              || (view.stateTtl().isPresent()
                  && times[i] - times[i - 1] >= view.stateTtl().get().toMillis());
      since[i] = begins ? i : since[i - 1];
    }
    this.taken =
        features.stream()
            .map(
                feature ->
                    feature.isRatio()
                        ? List.<NaiveFunctions.Input>of()
                        : NaiveAggregator.taken(feature, sorted))
            .toList();
  }

  /** A view whose expressions are compiled. Immutable and thread-safe. */
  public static final class Of {
    private final FeatureView view;
    private final List<CompiledFeature> features;

    private Of(FeatureView view, List<CompiledFeature> features) {
      this.view = view;
      this.features = features;
    }

    /** The history of a key, from all its events in any order. */
    public NaiveHistory key(List<Event> eventsOfKey) {
      List<Event> sorted = new ArrayList<>(eventsOfKey);
      sorted.sort(Comparator.comparingLong(Event::timeMs).thenComparing(Event::position));
      return new NaiveHistory(view, features, sorted);
    }
  }

  /**
   * Compiles a view.
   *
   * @param schema the schema of its events
   */
  public static Of of(FeatureView view, RowSchema schema) {
    return new Of(
        view,
        CompiledFeature.compile(
            view.name(), view.features(), text -> Expressions.compile(text, schema)));
  }

  /** The view's values as of an instant; equal to those of {@link NaiveAggregator#valuesAt}. */
  public Values valuesAt(long asOfMs) {
    long fromMs = rememberedFrom(asOfMs);
    Values row = new Values(features.size());
    for (CompiledFeature feature : features) {
      Object value = shown(feature, fromMs, asOfMs);
      row.setBoxed(feature.index(), value);
    }
    return row;
  }

  /** The time of the first event that counts; that of the value itself if none does. */
  private long rememberedFrom(long asOfMs) {
    int last = firstNotBefore(times, asOfMs) - 1;
    if (last < 0) {
      return asOfMs;
    }
    long ageMs = asOfMs - times[last];
    boolean forgotten = view.stateTtl().filter(ttl -> ageMs >= ttl.toMillis()).isPresent();
    boolean expired = view.ttl().filter(ttl -> ageMs > ttl.toMillis()).isPresent();
    return forgotten || expired ? asOfMs : times[since[last]];
  }

  private Object shown(CompiledFeature feature, long fromMs, long asOfMs) {
    Object value;
    if (feature.isRatio()) {
      String over = feature.feature().parameters().over().orElseThrow();
      Double dividend = part(feature.feature().input(), fromMs, asOfMs);
      Double divisor = part(over, fromMs, asOfMs);
      value = dividend == null || divisor == null || divisor == 0 ? null : dividend / divisor;
    } else {
      List<NaiveFunctions.Input> all = taken.get(feature.index());
      List<NaiveFunctions.Input> past =
          all.subList(firstNotBefore(all, fromMs), firstNotBefore(all, asOfMs));
      value = NaiveFunctions.valueOf(feature, windowOf(feature.window(), past, asOfMs), asOfMs);
    }
    return value == null ? feature.defaultValue() : value;
  }

  private Double part(String name, long fromMs, long asOfMs) {
    CompiledFeature feature =
        features.stream().filter(f -> f.feature().name().equals(name)).findFirst().orElseThrow();
    Object shown = shown(feature, fromMs, asOfMs);
    return shown == null ? null : ((Number) shown).doubleValue();
  }

  /** As the Javadoc of {@link WindowSpec} says. */
  private static List<NaiveFunctions.Input> windowOf(
      WindowSpec window, List<NaiveFunctions.Input> past, long asOfMs) {
    return switch (window.kind()) {
      case LIFETIME -> past;
      case SLIDING -> {
        long headMs = asOfMs - window.delayMs();
        long startMs = floor(headMs - window.lengthMs(), window.resolutionMs());
        yield between(
            past, startMs, window.delayMs() == 0 ? headMs : floor(headMs, window.resolutionMs()));
      }
      case TUMBLING -> {
        long endMs = floor(asOfMs - window.delayMs(), window.lengthMs());
        yield between(past, endMs - window.lengthMs(), endMs);
      }
      case ROWS -> {
        List<NaiveFunctions.Input> rows =
            past.subList(Math.max(0, past.size() - window.rows()), past.size());
        yield window.lengthMs() == 0
            ? rows
            : rows.subList(firstNotBefore(rows, asOfMs - window.lengthMs()), rows.size());
      }
      case SESSION -> {
        long laterMs = asOfMs;
        int from = past.size();
        while (from > 0 && laterMs - past.get(from - 1).timeMs() < window.lengthMs()) {
          from--;
          laterMs = past.get(from).timeMs();
        }
        yield past.subList(from, past.size());
      }
    };
  }

  private static List<NaiveFunctions.Input> between(
      List<NaiveFunctions.Input> past, long startMs, long endMs) {
    int from = firstNotBefore(past, startMs);
    return past.subList(from, Math.max(from, firstNotBefore(past, endMs)));
  }

  private static int firstNotBefore(List<NaiveFunctions.Input> inputs, long timeMs) {
    int low = 0;
    int high = inputs.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (inputs.get(middle).timeMs() < timeMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static int firstNotBefore(long[] times, long timeMs) {
    int low = 0;
    int high = times.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (times[middle] < timeMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static long floor(long timeMs, long resolutionMs) {
    return timeMs - Math.floorMod(timeMs, resolutionMs);
  }
}
