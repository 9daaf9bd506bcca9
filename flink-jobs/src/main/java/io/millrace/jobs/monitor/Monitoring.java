package io.millrace.jobs.monitor;

import io.millrace.feature.Label;
import io.millrace.feature.Prediction;
import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.inference.drift.DriftOptions;
import io.millrace.inference.drift.FeatureLineage;
import io.millrace.inference.policy.PolicyOptions;
import io.millrace.inference.policy.RetrainPolicy;
import io.millrace.inference.policy.SuspicionRule;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.intake.SourceRecord;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;

/** The steps of watching a model, as parts of a job. */
public final class Monitoring {
  /** How the join of predictions and labels is called in answers to erasures. */
  public static final String OUTCOMES_JOIN = "outcomes-join";

  private Monitoring() {}

  /** Makes the rule on the task manager. */
  @FunctionalInterface
  public interface RuleMaker extends Serializable {
    SuspicionRule make();
  }

  /**
   * Reads a report as the tests of drift judge it, with their default options, and excuses what a
   * faulty column does to the features of the service that are made of it.
   */
  public static SuspicionRule judgement(DefinitionSet definitions, String service) {
    return new JudgementRule(
        DriftOptions.defaults(), FeatureLineage.of(definitions.definitions(), service));
  }

  /** How long after a request of a service its label is waited for. */
  public static Duration horizonOf(DefinitionSet definitions, String service) {
    return LabelEvents.labelOf(definitions, service).horizon();
  }

  /**
   * Hop 9: one outcome for each prediction.
   *
   * @param erasures where the join is told of subjects whose predictions and labels it drops; it
   *     answers as {@link #OUTCOMES_JOIN}
   */
  public static DataStream<Outcome> outcomes(
      DataStream<Prediction> predictions,
      DataStream<SourceRecord> labelSource,
      DefinitionSet definitions,
      String service,
      ErasureSettings erasures) {
    DataStream<LabelEvent> labels =
        labelSource
            .process(new LabelEvents(definitions, service))
            .returns(LabelEventSerializer.TYPE)
            .name("labels")
            .uid("labels");
    Label label = LabelEvents.labelOf(definitions, service);
    return predictions
        .keyBy(Prediction::requestKey, Types.STRING)
        .connect(labels.keyBy(LabelEvent::requestKey, Types.STRING))
        .transform(
            "outcomes join",
            OutcomeSerializer.TYPE,
            new OutcomeJoinOperator(
                label.horizon().toMillis(), label.on(), erasures, OUTCOMES_JOIN))
        .uid("outcomes-join");
  }

  /** Hop 10: a report for each version and pane. */
  public static <T> DataStream<DriftReport> reports(
      DataStream<T> rows, Watched<T> watched, Panes panes, String uid) {
    return rows.transform(
            uid + " panes", PanePartSerializer.TYPE, new PaneCounter<>(watched, panes))
        .uid(uid + "-panes")
        .keyBy(PanePart::model, Types.STRING)
        .process(new PaneMerger<>(watched, panes))
        .returns(DriftReportSerializer.TYPE)
        .name(uid + " reports")
        .uid(uid + "-reports");
  }

  /** Hop 11: the decision to train again. Needs no watermarks of its inputs. */
  public static DataStream<RetrainRequest> requests(
      DataStream<DriftReport> reports,
      DataStream<PolicyEvent> word,
      PolicyOptions options,
      String service,
      RuleMaker rule) {
    return reports
        .map(report -> (PolicyEvent) new PolicyEvent.Report(report))
        .returns(PolicyEventSerializer.TYPE)
        .name("reports to the policy")
        .uid("policy-reports")
        .union(word)
        .keyBy(PolicyEvent::model, Types.STRING)
        .process(new PolicyFunction(() -> new RetrainPolicy(options, service, rule.make())))
        .returns(RetrainRequestSerializer.TYPE)
        .name("policy")
        .uid("policy");
  }
}
