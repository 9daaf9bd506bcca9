package io.millrace.offline.training;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Expectation;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The expectations of sources that keep events out, compiled. Immutable and thread-safe. */
public final class Checks {
  private final Map<String, List<Expression>> bySource = new HashMap<>();

  private Checks() {}

  /** Compiles those of the sources. */
  public static Checks of(Collection<EventSource> sources) {
    Checks checks = new Checks();
    for (EventSource source : sources) {
      List<Expression> expressions = new ArrayList<>();
      for (Expectation expectation : source.expectations()) {
        if (expectation.onFail() != Expectation.OnFail.TAG) {
          expressions.add(Expressions.compile(expectation.check(), source.schema()));
        }
      }
      checks.bySource.put(source.name(), expressions);
    }
    return checks;
  }

  /** Whether every one of the event's source holds; null counts as held. */
  public boolean hold(Event event) {
    for (Expression check : bySource.getOrDefault(event.source(), List.of())) {
      if (!check.isNull(event.values()) && !check.booleanAt(event.values())) {
        return false;
      }
    }
    return true;
  }
}
