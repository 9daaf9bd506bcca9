package io.millrace.server.demo;

import java.util.List;

/** The topics of the loop, by the names that the jobs and the worker give them unless told. */
record LoopTopics(
    String predictions,
    String outcomes,
    String shadow,
    String drift,
    String requests,
    String status,
    String control,
    String acks) {
  static LoopTopics of(String service) {
    return new LoopTopics(
        "predictions-" + service,
        "outcomes-" + service,
        "shadow-" + service,
        "drift",
        "retrain-requests",
        "retrain-status",
        "model-control",
        "model-status");
  }

  /** Those that are partitioned as the events are. */
  List<String> partitioned() {
    return List.of(predictions, outcomes, shadow);
  }

  /** Those of one partition, whose records are few and keep one order. */
  List<String> single() {
    return List.of(drift, requests, status, acks);
  }
}
