package io.millrace.jobs.monitor;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.RetrainStatus;

/** What the policy hears. */
public sealed interface PolicyEvent {
  /** The model that it is about. */
  String model();

  record Report(DriftReport report) implements PolicyEvent {
    @Override
    public String model() {
      return report.model();
    }
  }

  record Status(RetrainStatus status) implements PolicyEvent {
    @Override
    public String model() {
      return status.model();
    }
  }

  record Control(ModelControl control) implements PolicyEvent {
    @Override
    public String model() {
      return control.model();
    }
  }
}
