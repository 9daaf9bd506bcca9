package io.millrace.jobs.sink;

import io.millrace.feature.Definitions;
import io.millrace.feature.Prediction;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.FeatureJobConfig;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.schema.PredictionCodec;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Predictions to their topic, keyed by the request, in transactions that commit with the
 * checkpoint: who reads committed records sees each exactly once, who reads all sees each at once.
 */
public final class PredictionTopic {
  private static final String TRANSACTION_TIMEOUT_MS = "600000";

  private PredictionTopic() {}

  public static void write(
      DataStream<Prediction> predictions, FeatureJobConfig config, DefinitionSet definitions) {
    KafkaSink<Prediction> sink =
        KafkaSink.<Prediction>builder()
            .setBootstrapServers(config.bootstrapServers())
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(config.group() + "-" + config.predictionsTopic())
            .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
            .setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS)
            .setProperty(ProducerConfig.LINGER_MS_CONFIG, "2")
            .setProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4")
            .setRecordSerializer(
                KafkaRecordSerializationSchema.<Prediction>builder()
                    .setTopic(config.predictionsTopic())
                    .setKeySerializationSchema(
                        (SerializationSchema<Prediction>)
                            prediction -> prediction.requestKey().getBytes(StandardCharsets.UTF_8))
                    .setValueSerializationSchema(new Values(config, definitions))
                    .build())
            .build();
    predictions.sinkTo(sink).name("predictions").uid("predictions");
  }

  private static final class Values implements SerializationSchema<Prediction> {
    private static final long serialVersionUID = 1;

    private final String topic;
    private final String registryUrl;
    private final String service;
    private final DefinitionSet definitionSet;
    private transient PredictionCodec codec;

    private Values(FeatureJobConfig config, DefinitionSet definitionSet) {
      this.topic = config.predictionsTopic();
      this.registryUrl = config.registryUrl();
      this.service = config.service();
      this.definitionSet = definitionSet;
    }

    @Override
    public void open(InitializationContext context) {
      Definitions definitions = definitionSet.definitions();
      codec =
          new PredictionCodec(
              topic,
              VectorPlan.of(definitions.service(service), definitions).vectorSchema(),
              new ConfluentSchemaRegistry(registryUrl, Map.of()));
    }

    @Override
    public byte[] serialize(Prediction prediction) {
      return codec.encode(prediction);
    }
  }
}
