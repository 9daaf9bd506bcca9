package io.millrace.jobs.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.FeatureDrift;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.Performance;
import io.millrace.feature.loop.ReferencePanes;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.inference.policy.PolicyOptions;
import io.millrace.inference.policy.RetrainPolicy;
import io.millrace.inference.policy.Suspicion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class PolicyFunctionTest {
  @Test
  void shouldAskOnceWhereverItIsRestored() throws Exception {
    List<PolicyEvent> storm = new ArrayList<>();
    for (int pane = 0; pane < 12; pane++) {
      storm.add(report(pane, DriftReport.Kind.INPUTS));
      storm.add(report(pane, DriftReport.Kind.PERFORMANCE));
    }
    for (int restoreAt = 0; restoreAt < storm.size(); restoreAt++) {
      List<RetrainRequest> requests = new ArrayList<>();
      OperatorSubtaskState state;
      try (var harness = harness()) {
        harness.open();
        for (PolicyEvent event : storm.subList(0, restoreAt)) {
          harness.processElement(event, 0);
        }
        state = harness.snapshot(1, 1);
        requests.addAll(harness.extractOutputValues());
      }
      try (var harness = harness()) {
        harness.initializeState(state);
        harness.open();
        // What was read after the checkpoint, and some of what was read before it.
        for (PolicyEvent event : storm.subList(Math.max(0, restoreAt - 5), storm.size())) {
          harness.processElement(event, 0);
        }
        requests.addAll(harness.extractOutputValues());
      }
      assertThat(requests)
          .as("restored at event %d", restoreAt)
          .extracting(RetrainRequest::decidedAtMs)
          .containsExactly(200L);
    }
  }

  @Test
  void shouldRenewOnceWhereverItIsRestored() throws Exception {
    List<PolicyEvent> calm = new ArrayList<>();
    for (int pane = 0; pane < 20; pane++) {
      for (DriftReport.Kind kind : DriftReport.Kind.values()) {
        calm.add(report(pane, kind, Optional.of(new ReferencePanes(3, 9))));
      }
    }
    for (int restoreAt = 0; restoreAt < calm.size(); restoreAt++) {
      List<RetrainRequest> requests = new ArrayList<>();
      OperatorSubtaskState state;
      try (var harness = harness(false)) {
        harness.open();
        for (PolicyEvent event : calm.subList(0, restoreAt)) {
          harness.processElement(event, 0);
        }
        state = harness.snapshot(1, 1);
        requests.addAll(harness.extractOutputValues());
      }
      try (var harness = harness(false)) {
        harness.initializeState(state);
        harness.open();
        // What was read after the checkpoint, and some of what was read before it.
        for (PolicyEvent event : calm.subList(Math.max(0, restoreAt - 5), calm.size())) {
          harness.processElement(event, 0);
        }
        requests.addAll(harness.extractOutputValues());
      }
      assertThat(requests)
          .as("restored at event %d", restoreAt)
          .extracting(RetrainRequest::reason)
          .containsExactly("version 1 learnt from 3 panes; 12 more with labels are there now");
    }
  }

  @Test
  void shouldKeepAMachineForEachModel() throws Exception {
    try (var harness = harness()) {
      harness.open();
      harness.processElement(
          new PolicyEvent.Control(
              new ModelControl("delay", 4, ModelControl.Op.ACTIVATE, 7, 1, 0, "", 0)),
          0);
      for (int pane = 0; pane < 4; pane++) {
        harness.processElement(report(pane, DriftReport.Kind.INPUTS), 0);
        harness.processElement(report(pane, DriftReport.Kind.PERFORMANCE), 0);
      }
      // The reports are of version 1, and the champion is 7.
      assertThat(harness.extractOutputValues()).isEmpty();
      assertThat(harness.numKeyedStateEntries()).isOne();
    }
  }

  @Test
  void shouldCarryEveryEventBetweenTasks() throws Exception {
    FeatureDrift drift =
        new FeatureDrift(
            "hour", 1, 2, 0.03, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, FeatureDrift.Verdict.DRIFTED);
    for (PolicyEvent event :
        List.of(
            new PolicyEvent.Report(
                new DriftReport(
                    "delay",
                    3,
                    5,
                    6,
                    7,
                    DriftReport.Kind.INPUTS,
                    List.of(drift),
                    Optional.empty())),
            report(3, DriftReport.Kind.PERFORMANCE),
            report(3, DriftReport.Kind.PERFORMANCE, Optional.of(new ReferencePanes(3, 9))),
            new PolicyEvent.Status(
                new RetrainStatus("id", "delay", RetrainStatus.Phase.REJECTED, 4, "worse", 99)),
            new PolicyEvent.Control(
                new ModelControl("delay", 4, ModelControl.Op.STAGE, 1, 2, 3, "try", 98)))) {
      DataOutputSerializer out = new DataOutputSerializer(64);
      PolicyEventSerializer.INSTANCE.serialize(event, out);
      DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
      assertThat(PolicyEventSerializer.INSTANCE.deserialize(in)).isEqualTo(event);
      assertThat(in.available()).isZero();
    }
  }

  private static PolicyEvent report(int pane, DriftReport.Kind kind) {
    return report(pane, kind, Optional.empty());
  }

  private static PolicyEvent report(
      int pane, DriftReport.Kind kind, Optional<ReferencePanes> reference) {
    Optional<Performance> performance =
        kind == DriftReport.Kind.INPUTS
            ? Optional.empty()
            : Optional.of(new Performance(9, 8, 1, 2, 0.6, 0.5, 0.7, 0.4, 0.01, true));
    return new PolicyEvent.Report(
        new DriftReport(
            "delay",
            1,
            pane * 100L,
            pane * 100L + 100,
            9,
            kind,
            List.of(),
            performance,
            reference));
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, PolicyEvent, RetrainRequest>
      harness() throws Exception {
    return harness(true);
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, PolicyEvent, RetrainRequest>
      harness(boolean suspicious) throws Exception {
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(
                new PolicyFunction(
                    () ->
                        new RetrainPolicy(
                            PolicyOptions.defaults(),
                            "delay_v1",
                            (report, faults) ->
                                new Suspicion(suspicious, false, false, List.of(), "")))),
            PolicyEvent::model,
            Types.STRING);
    harness.setup(RetrainRequestSerializer.INSTANCE);
    return harness;
  }
}
