package io.millrace.server.retrain;

import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.RecordMapping;
import io.millrace.schema.SchemaRegistry;
import io.millrace.server.replay.Topics;
import java.util.List;
import java.util.function.Consumer;

/**
 * The topics through which the worker, the jobs and the command line speak with each other; keyed
 * by the model, but for the shadow's scores. Immutable.
 */
public record LoopTopics(String bootstrapServers, SchemaRegistry registry) {
  public static final String REQUESTS = "retrain-requests";
  public static final String STATUS = "retrain-status";
  public static final String ACKS = "model-status";

  static final String DRIFT = "drift";

  /** Where a service's candidates' scores go. */
  public static String shadow(String service) {
    return "shadow-" + service;
  }

  /** Creates those that are not there, with one partition each. */
  void require(String service) throws InterruptedException {
    requireControl();
    Topics.require(bootstrapServers, List.of(REQUESTS, STATUS, ACKS, shadow(service)), 1);
  }

  void requireControl() throws InterruptedException {
    Topics.requireCompacted(bootstrapServers, ControlTopic.TOPIC);
  }

  RecordLog<ModelControl> control(Consumer<String> problems) {
    return log(ControlTopic.TOPIC, LoopRecords.MODEL_CONTROL, problems);
  }

  RecordLog<RetrainRequest> requests(Consumer<String> problems) {
    return log(REQUESTS, LoopRecords.RETRAIN_REQUEST, problems);
  }

  RecordLog<RetrainStatus> statuses(Consumer<String> problems) {
    return log(STATUS, LoopRecords.RETRAIN_STATUS, problems);
  }

  RecordLog<DriftReport> drift(Consumer<String> problems) throws InterruptedException {
    Topics.require(bootstrapServers, List.of(DRIFT), 1);
    return log(DRIFT, LoopRecords.DRIFT_REPORT, problems);
  }

  RecordLog<ModelAck> acks(Consumer<String> problems) {
    return log(ACKS, LoopRecords.MODEL_ACK, problems);
  }

  RecordLog<ShadowScore> shadows(String service, Consumer<String> problems) {
    return log(shadow(service), LoopRecords.SHADOW_SCORE, problems);
  }

  <T extends Record> LoopCodec<T> codec(String topic, RecordMapping<T> mapping) {
    return new LoopCodec<>(topic, mapping, registry);
  }

  private <T extends Record> RecordLog<T> log(
      String topic, RecordMapping<T> mapping, Consumer<String> problems) {
    return RecordLog.open(bootstrapServers, topic, codec(topic, mapping), problems);
  }
}
