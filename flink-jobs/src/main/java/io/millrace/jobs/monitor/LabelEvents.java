package io.millrace.jobs.monitor;

import io.millrace.feature.EventSource;
import io.millrace.feature.KeyReader;
import io.millrace.feature.Label;
import io.millrace.feature.Values;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.Expressions;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.intake.SourceRecord;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Events of the label's source as what they tell. A definition refuses a source of changes here.
 * Dead records are the feature job's to keep: here they are counted in {@code unreadable} and
 * passed over.
 */
final class LabelEvents extends ProcessFunction<SourceRecord, LabelEvent> {
  private static final long serialVersionUID = 1;

  private final DefinitionSet definitions;
  private final String service;
  private transient Expression value;
  private transient KeyReader keys;
  private transient Counter unreadable;

  LabelEvents(DefinitionSet definitions, String service) {
    this.definitions = definitions;
    this.service = service;
  }

  /**
   * The label of a service.
   *
   * @throws IllegalArgumentException if it has none
   */
  static Label labelOf(DefinitionSet definitions, String service) {
    return definitions
        .definitions()
        .service(service)
        .label()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the service "
                        + service
                        + " has no label, so nothing can be said of its performance; give it one"));
  }

  @Override
  public void open(OpenContext context) {
    Label label = labelOf(definitions, service);
    EventSource source = definitions.definitions().source(label.source());
    value = Expressions.compile(label.value(), source.schema());
    keys = KeyReader.of(label.on(), source.schema());
    unreadable = getRuntimeContext().getMetricGroup().addGroup("millrace").counter("unreadable");
  }

  @Override
  public void processElement(SourceRecord record, Context context, Collector<LabelEvent> out) {
    if (record instanceof SourceRecord.Good good) {
      Values values = good.event().values();
      String key = keys.keyTextOf(values);
      if (key != null) {
        out.collect(
            new LabelEvent(
                key,
                good.event().timeMs(),
                value.isNull(values) ? Optional.empty() : Optional.of(value.booleanAt(values)),
                OptionalLong.of(good.event().position().order())));
      }
    } else if (record instanceof SourceRecord.Dead) {
      unreadable.inc();
    }
  }
}
