package io.millrace.jobs.intake;

import io.millrace.feature.EventSource;
import io.millrace.feature.Expectation;
import io.millrace.feature.Values;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import java.util.List;
import java.util.Optional;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * The expectations of one source, compiled. What fails one is counted in {@code
 * millrace.source.SOURCE.expectation.NAME.failed}, from the start of the task on. Not thread-safe.
 */
final class Expectations {
  private record Check(Expectation expectation, Expression expression, Counter failures) {}

  private final List<Check> checks;

  private Expectations(List<Check> checks) {
    this.checks = checks;
  }

  static Expectations of(EventSource source, MetricGroup metrics) {
    MetricGroup group = metrics.addGroup("millrace").addGroup("source", source.name());
    return new Expectations(
        source.expectations().stream()
            .map(
                expectation ->
                    new Check(
                        expectation,
                        Expressions.compile(expectation.check(), source.schema()),
                        group.addGroup("expectation", expectation.name()).counter("failed")))
            .toList());
  }

  /**
   * Counts what the event fails, in the order of the definition, up to the first expectation that
   * keeps it out; one that tags lets it pass, and null counts as held.
   *
   * @return the expectation that keeps the event out, or empty if it may be used
   */
  Optional<Expectation> keptOutBy(Values event) {
    return keptOutBy(event, true);
  }

  /** As {@link #keptOutBy}, of a row that was counted when it came: nothing is counted. */
  Optional<Expectation> keptOutBefore(Values event) {
    return keptOutBy(event, false);
  }

  private Optional<Expectation> keptOutBy(Values event, boolean counted) {
    for (Check check : checks) {
      if (!check.expression().isNull(event) && !check.expression().booleanAt(event)) {
        if (counted) {
          check.failures().inc();
        }
        if (check.expectation().onFail() != Expectation.OnFail.TAG) {
          return Optional.of(check.expectation());
        }
      }
    }
    return Optional.empty();
  }
}
