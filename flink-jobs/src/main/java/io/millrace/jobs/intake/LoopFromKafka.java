package io.millrace.jobs.intake;

import io.millrace.feature.Prediction;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.inference.flink.InferenceTypes;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.KafkaSettings;
import io.millrace.schema.LoopCodec;
import io.millrace.schema.PredictionCodec;
import io.millrace.schema.RecordMapping;
import java.io.Serializable;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** The topics of the loop as streams, from their start, of committed records. */
public final class LoopFromKafka {
  private LoopFromKafka() {}

  /** Tells at the task manager how the records of a topic are mapped. */
  @FunctionalInterface
  public interface Mapping<T extends Record> extends Supplier<RecordMapping<T>>, Serializable {}

  /** What a record is in the stream. */
  @FunctionalInterface
  public interface Wrap<T, E> extends Serializable {
    E of(T value);
  }

  /**
   * Predictions of a service with the request's time. A partition's watermark is its newest request
   * less the disorder.
   *
   * @param idleness after how long a partition that had no record since the start no longer holds
   *     back the rest
   */
  public static DataStream<Prediction> predictions(
      StreamExecutionEnvironment env,
      KafkaSettings kafka,
      DefinitionSet definitions,
      String service,
      String topic,
      Duration disorder,
      Duration idleness) {
    TopicReader<Prediction> reader =
        new TopicReader<>(
            kafka.registryUrl(),
            InferenceTypes.PREDICTION,
            registry ->
                new PredictionCodec(
                        topic,
                        VectorPlan.of(
                                definitions.definitions().service(service),
                                definitions.definitions())
                            .vectorSchema(),
                        registry)
                    ::decode);
    long disorderMs = disorder.toMillis();
    WatermarkStrategy<Prediction> watermarks =
        WatermarkStrategy.<Prediction>forGenerator(
                context -> new NewestLess<>(disorderMs, idleness, context.getInputActivityClock()))
            .withTimestampAssigner((prediction, kafkaMs) -> prediction.requestTimeMs());
    return env.fromSource(source(kafka, topic, reader), watermarks, topic)
        .uid("kafka-predictions")
        .name("predictions");
  }

  /**
   * A topic of control: no watermarks, since nothing waits for its time, and so it holds back
   * nobody's.
   */
  public static <T extends Record, E> DataStream<E> records(
      StreamExecutionEnvironment env,
      KafkaSettings kafka,
      String topic,
      Mapping<T> mapping,
      Wrap<T, E> wrap,
      TypeInformation<E> type) {
    TopicReader<E> reader =
        new TopicReader<>(
            kafka.registryUrl(),
            type,
            registry -> {
              LoopCodec<T> codec = new LoopCodec<>(topic, mapping.get(), registry);
              return value -> wrap.of(codec.decode(value));
            });
    return env.fromSource(source(kafka, topic, reader), WatermarkStrategy.noWatermarks(), topic)
        .setParallelism(1)
        .uid("kafka-" + topic)
        .name(topic);
  }

  private static <T> KafkaSource<T> source(
      KafkaSettings kafka, String topic, TopicReader<T> reader) {
    return KafkaSource.<T>builder()
        .setBootstrapServers(kafka.bootstrapServers())
        .setTopics(topic)
        .setGroupId(kafka.group())
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
        .setDeserializer(reader)
        .build();
  }
}
