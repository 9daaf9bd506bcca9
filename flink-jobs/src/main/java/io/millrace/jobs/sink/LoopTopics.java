package io.millrace.jobs.sink;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelAck;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.KafkaSettings;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.LoopRecords;
import io.millrace.schema.PredictionCodec;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * The topics of the loop. Where each record counts they are written in transactions that commit
 * with the checkpoint: who reads committed records sees each exactly once, who reads all sees each
 * at once. Acknowledgements and shadow scores have their own identity and are written at least
 * once, so that they do not wait for a checkpoint.
 */
public final class LoopTopics {
  private static final String TRANSACTION_TIMEOUT_MS = "600000";

  private LoopTopics() {}

  /** Predictions, exactly once, keyed by the request. */
  public static void predictions(
      DataStream<Prediction> predictions,
      KafkaSettings kafka,
      DefinitionSet definitions,
      String service,
      String topic) {
    TopicRecords<Prediction> records =
        new TopicRecords<>(
            topic,
            kafka.registryUrl(),
            Prediction::requestKey,
            registry ->
                new PredictionCodec(
                        topic,
                        VectorPlan.of(
                                definitions.definitions().service(service),
                                definitions.definitions())
                            .vectorSchema(),
                        registry)
                    ::encode,
            Prediction::scoredAtMs);
    predictions.sinkTo(exactlyOnce(kafka, topic, records)).name("predictions").uid("predictions");
  }

  /** Outcomes, exactly once, keyed by the request. */
  public static void outcomes(DataStream<Outcome> outcomes, KafkaSettings kafka, String topic) {
    TopicRecords<Outcome> records =
        new TopicRecords<>(
            topic,
            kafka.registryUrl(),
            Outcome::requestKey,
            registry -> new LoopCodec<>(topic, LoopRecords.OUTCOME, registry)::encode,
            outcome -> System.currentTimeMillis());
    outcomes.sinkTo(exactlyOnce(kafka, topic, records)).name("outcomes").uid("outcomes");
  }

  /** Reports, exactly once, keyed by the model. */
  public static void drift(DataStream<DriftReport> reports, KafkaSettings kafka, String topic) {
    TopicRecords<DriftReport> records =
        new TopicRecords<>(
            topic,
            kafka.registryUrl(),
            DriftReport::model,
            registry -> new LoopCodec<>(topic, LoopRecords.DRIFT_REPORT, registry)::encode,
            report -> System.currentTimeMillis());
    reports.sinkTo(exactlyOnce(kafka, topic, records)).setParallelism(1).name("drift").uid("drift");
  }

  /** Requests to retrain, exactly once, keyed by the model. */
  public static void requests(
      DataStream<RetrainRequest> requests, KafkaSettings kafka, String topic) {
    TopicRecords<RetrainRequest> records =
        new TopicRecords<>(
            topic,
            kafka.registryUrl(),
            RetrainRequest::model,
            registry -> new LoopCodec<>(topic, LoopRecords.RETRAIN_REQUEST, registry)::encode,
            request -> System.currentTimeMillis());
    requests
        .sinkTo(exactlyOnce(kafka, topic, records))
        .setParallelism(1)
        .name("retrain-requests")
        .uid("retrain-requests");
  }

  /** Acknowledgements, at least once, keyed by the model. */
  public static void acks(DataStream<ModelAck> acks, KafkaSettings kafka, String topic) {
    TopicRecords<ModelAck> records =
        new TopicRecords<>(
            topic,
            kafka.registryUrl(),
            ModelAck::model,
            registry -> new LoopCodec<>(topic, LoopRecords.MODEL_ACK, registry)::encode,
            ModelAck::atMs);
    acks.sinkTo(atLeastOnce(kafka, records)).name("model-status").uid("model-status");
  }

  /** Scores of candidates, at least once, keyed by the request. */
  public static void shadow(DataStream<ShadowScore> scores, KafkaSettings kafka, String topic) {
    TopicRecords<ShadowScore> records =
        new TopicRecords<>(
            topic,
            kafka.registryUrl(),
            ShadowScore::requestKey,
            registry -> new LoopCodec<>(topic, LoopRecords.SHADOW_SCORE, registry)::encode,
            ShadowScore::scoredAtMs);
    scores.sinkTo(atLeastOnce(kafka, records)).name("shadow").uid("shadow");
  }

  private static <T> KafkaSink<T> exactlyOnce(
      KafkaSettings kafka, String topic, TopicRecords<T> records) {
    return builder(kafka, records)
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionalIdPrefix(kafka.group() + "-" + topic)
        .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
        .setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS)
        .build();
  }

  private static <T> KafkaSink<T> atLeastOnce(KafkaSettings kafka, TopicRecords<T> records) {
    return builder(kafka, records).setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE).build();
  }

  private static <T> KafkaSinkBuilder<T> builder(KafkaSettings kafka, TopicRecords<T> records) {
    return KafkaSink.<T>builder()
        .setBootstrapServers(kafka.bootstrapServers())
        .setProperty(ProducerConfig.LINGER_MS_CONFIG, "2")
        .setProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4")
        .setRecordSerializer(records);
  }
}
