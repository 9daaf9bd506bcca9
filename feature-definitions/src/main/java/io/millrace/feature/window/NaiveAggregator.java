package io.millrace.feature.window;

import io.millrace.feature.Event;
import io.millrace.feature.FeatureView;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.WindowSpec;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The specification as code: every value from a scan of every event, nothing kept. The oracle of
 * the tests and of {@code millrace parity}; too slow for anything else. It shares with the engine
 * how features compile, and nothing of how they are computed.
 */
public final class NaiveAggregator {
  private NaiveAggregator() {}

  /**
   * The view's values as of an instant from all events of one key, in any order.
   *
   * @param schema the schema of the events
   */
  public static Values valuesAt(
      FeatureView view, RowSchema schema, List<Event> eventsOfKey, long asOfMs) {
    return valuesAt(view, eventsOfKey, asOfMs, text -> Expressions.compile(text, schema));
  }

  /** As {@link #valuesAt}, with the expressions that a function makes of texts. */
  static Values valuesAt(
      FeatureView view,
      List<Event> eventsOfKey,
      long asOfMs,
      Function<String, Expression> compiler) {
    List<Event> past = past(view, eventsOfKey, asOfMs);
    Values row = new Values(view.features().size());
    List<CompiledFeature> features =
        CompiledFeature.compile(view.name(), view.features(), compiler);
    for (CompiledFeature feature : features) {
      Object value = valueOf(feature, features, past, asOfMs);
      row.setBoxed(feature.index(), value == null ? feature.defaultValue() : value);
    }
    return row;
  }

  /**
   * Whether a sketch of the events may give a value that is not that of {@link #valuesAt}: what
   * {@link Estimates} says. False of every function that has one right value.
   *
   * @param feature its position in the view
   * @param value boxed; null for null
   */
  public static boolean admits(
      FeatureView view,
      RowSchema schema,
      List<Event> eventsOfKey,
      long asOfMs,
      int feature,
      Object value) {
    List<CompiledFeature> features =
        CompiledFeature.compile(
            view.name(), view.features(), text -> Expressions.compile(text, schema));
    List<Event> past = past(view, eventsOfKey, asOfMs);
    CompiledFeature wanted = features.get(feature);
    return wanted.isRatio()
        ? admitsRatio(wanted, features, past, asOfMs, value)
        : Estimates.admits(wanted, inputs(wanted, past, asOfMs), value);
  }

  private static boolean admitsRatio(
      CompiledFeature ratio,
      List<CompiledFeature> all,
      List<Event> past,
      long asOfMs,
      Object value) {
    String over = ratio.feature().parameters().over().orElseThrow();
    Optional<Estimates.Interval> dividend = interval(ratio.feature().input(), all, past, asOfMs);
    Optional<Estimates.Interval> divisor = interval(over, all, past, asOfMs);
    return dividend.isPresent()
        && divisor.isPresent()
        && Estimates.admitsRatio(dividend.get(), divisor.get(), value);
  }

  /** Where a part of a ratio lies; empty of null. */
  private static Optional<Estimates.Interval> interval(
      String name, List<CompiledFeature> all, List<Event> past, long asOfMs) {
    CompiledFeature feature = named(name, all);
    return Estimates.interval(feature, inputs(feature, past, asOfMs))
        .or(
            () ->
                Optional.ofNullable(part(name, all, past, asOfMs))
                    .map(exact -> new Estimates.Interval(exact, exact)));
  }

  private static List<Event> past(FeatureView view, List<Event> eventsOfKey, long asOfMs) {
    List<Event> past = new ArrayList<>();
    for (Event event : eventsOfKey) {
      if (event.timeMs() < asOfMs) {
        past.add(event);
      }
    }
    past.sort(Comparator.comparingLong(Event::timeMs).thenComparing(Event::position));
    forget(view, past, asOfMs);
    if (isPastTtl(view, past, asOfMs)) {
      past.clear();
    }
    return past;
  }

  /** Removes what came before a time without events that was as long as the view's state-ttl. */
  private static void forget(FeatureView view, List<Event> past, long asOfMs) {
    if (view.stateTtl().isEmpty()) {
      return;
    }
    long laterMs = asOfMs;
    for (int i = past.size() - 1; i >= 0; i--) {
      if (laterMs - past.get(i).timeMs() >= view.stateTtl().get().toMillis()) {
        past.subList(0, i + 1).clear();
        return;
      }
      laterMs = past.get(i).timeMs();
    }
  }

  private static boolean isPastTtl(FeatureView view, List<Event> past, long asOfMs) {
    if (past.isEmpty() || view.ttl().isEmpty()) {
      return false;
    }
    long ageMs = asOfMs - past.get(past.size() - 1).timeMs();
    return ageMs > view.ttl().get().toMillis();
  }

  private static Object valueOf(
      CompiledFeature feature, List<CompiledFeature> all, List<Event> past, long asOfMs) {
    if (feature.isRatio()) {
      return ratio(feature, all, past, asOfMs);
    }
    return NaiveFunctions.valueOf(feature, inputs(feature, past, asOfMs), asOfMs);
  }

  private static List<NaiveFunctions.Input> inputs(
      CompiledFeature feature, List<Event> past, long asOfMs) {
    return windowOf(feature.window(), taken(feature, past), asOfMs);
  }

  /** What a feature takes of events, in their order. */
  static List<NaiveFunctions.Input> taken(CompiledFeature feature, List<Event> events) {
    List<NaiveFunctions.Input> taken = new ArrayList<>();
    for (Event event : events) {
      boolean admitted = feature.where().isEmpty() || feature.where().get().admits(event.values());
      if (admitted) {
        Object input = feature.input().isEmpty() ? "any" : read(feature.input().get(), event);
        Object by = feature.by().isEmpty() ? "any" : read(feature.by().get(), event);
        boolean isVector = feature.isVector() && input != null;
        if (isVector && ((List<?>) input).size() != feature.feature().parameters().k()) {
          input = null;
        }
        if (input != null && by != null) {
          taken.add(new NaiveFunctions.Input(event.timeMs(), input, by));
        }
      }
    }
    return taken;
  }

  private static Object ratio(
      CompiledFeature ratio, List<CompiledFeature> all, List<Event> past, long asOfMs) {
    Double dividend = part(ratio.feature().input(), all, past, asOfMs);
    Double divisor = part(ratio.feature().parameters().over().orElseThrow(), all, past, asOfMs);
    return dividend == null || divisor == null || divisor == 0 ? null : dividend / divisor;
  }

  private static Double part(
      String name, List<CompiledFeature> all, List<Event> past, long asOfMs) {
    CompiledFeature feature = named(name, all);
    Object value = valueOf(feature, all, past, asOfMs);
    Object shown = value == null ? feature.defaultValue() : value;
    return shown == null ? null : ((Number) shown).doubleValue();
  }

  private static CompiledFeature named(String name, List<CompiledFeature> all) {
    return all.stream().filter(f -> f.feature().name().equals(name)).findFirst().orElseThrow();
  }

  /** As the Javadoc of {@link WindowSpec} says. */
  private static List<NaiveFunctions.Input> windowOf(
      WindowSpec window, List<NaiveFunctions.Input> taken, long asOfMs) {
    List<NaiveFunctions.Input> inside = new ArrayList<>();
    switch (window.kind()) {
      case LIFETIME -> inside.addAll(taken);
      case SLIDING -> {
        long headMs = asOfMs - window.delayMs();
        long startMs = floor(headMs - window.lengthMs(), window.resolutionMs());
        long endMs = window.delayMs() == 0 ? headMs : floor(headMs, window.resolutionMs());
        taken.stream()
            .filter(t -> t.timeMs() >= startMs && t.timeMs() < endMs)
            .forEach(inside::add);
      }
      case TUMBLING -> {
        long endMs = floor(asOfMs - window.delayMs(), window.lengthMs());
        taken.stream()
            .filter(t -> t.timeMs() >= endMs - window.lengthMs() && t.timeMs() < endMs)
            .forEach(inside::add);
      }
      case ROWS -> {
        int from = Math.max(0, taken.size() - window.rows());
        taken.subList(from, taken.size()).stream()
            .filter(t -> window.lengthMs() == 0 || t.timeMs() >= asOfMs - window.lengthMs())
            .forEach(inside::add);
      }
      case SESSION -> {
        long laterMs = asOfMs;
        for (int i = taken.size() - 1;
            i >= 0 && laterMs - taken.get(i).timeMs() < window.lengthMs();
            i--) {
          laterMs = taken.get(i).timeMs();
          inside.add(0, taken.get(i));
        }
      }
    }
    return inside;
  }

  private static long floor(long timeMs, long resolutionMs) {
    return timeMs - Math.floorMod(timeMs, resolutionMs);
  }

  private static Object read(Expression input, Event event) {
    if (input.isNull(event.values())) {
      return null;
    }
    return switch (input.type()) {
      case INT64, TIMESTAMP -> (Object) input.longAt(event.values());
      case FLOAT64 -> input.doubleAt(event.values());
      case BOOL -> input.booleanAt(event.values());
      case STRING -> input.textAt(event.values());
      case INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> input.objectAt(event.values());
    };
  }
}
