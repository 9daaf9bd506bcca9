package io.millrace.jobs;

import io.millrace.feature.Prediction;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.ShadowScore;
import io.millrace.inference.ScoreRequest;
import io.millrace.inference.flink.InferenceTypes;
import io.millrace.inference.flink.Scoring;
import io.millrace.inference.flink.ScoringOptions;
import io.millrace.inference.model.RepositoryModelVersions;
import io.millrace.jobs.erasure.ErasureGate;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewStreams;
import io.millrace.jobs.intake.EventsFromKafka;
import io.millrace.jobs.intake.Intake;
import io.millrace.jobs.intake.KafkaErasureWord;
import io.millrace.jobs.intake.LoopFromKafka;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.SourceRecordSerializer;
import io.millrace.jobs.sink.LoopTopics;
import io.millrace.jobs.sink.OfflineSinks;
import io.millrace.jobs.sink.OnlineSink;
import io.millrace.jobs.sink.StoreSecrets;
import io.millrace.jobs.sink.Topics;
import io.millrace.jobs.sink.Topics.Topic;
import io.millrace.jobs.vector.VectorAssembler;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.online.settings.OnlineSettings;
import io.millrace.schema.LoopRecords;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job that computes features and scores requests: hops 1 to 8 of the walk.
 *
 * <pre>
 * flink run -c io.millrace.jobs.FeatureJob flink-jobs.jar --definitions DIR --service delay_v1 \
 *   --kafka.bootstrap-servers HOST:PORT --registry.url URL --online.path DIR --offline.path DIR \
 *   --models.path DIR --model delay --checkpoints.path DIR
 * </pre>
 */
public final class FeatureJob {
  private FeatureJob() {}

  public static void main(String[] arguments) throws Exception {
    FeatureJobConfig config;
    DefinitionSet definitions;
    try {
      config = FeatureJobConfig.of(arguments);
      definitions = DefinitionSet.read(config.definitions(), config.variables());
      definitions.definitions().service(config.service());
    } catch (IllegalArgumentException | DefinitionException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    Topics.createMissing(
        config.kafka(),
        List.of(
            Topic.ofOneCompactedPartition(Erasure.TOPIC),
            Topic.ofOnePartition(Erasure.ACKS_TOPIC)));
    if (!config.model().isEmpty()) {
      Topics.createMissing(
          config.kafka(),
          List.of(
              Topic.ofOneCompactedPartition(config.controlTopic()),
              Topic.ofOnePartition(config.statusTopic()),
              Topic.ofDefaultPartitions(config.shadowTopic())));
    }
    StreamExecutionEnvironment env = config.cluster().environment();
    define(env, config, definitions);
    env.execute("millrace features " + config.service());
  }

  /** The walk, hop by hop. */
  static void define(
      StreamExecutionEnvironment env, FeatureJobConfig config, DefinitionSet definitions)
      throws IOException {
    ErasureSettings erasures = erasures(config, definitions);
    DataStream<SourceRecord> records =
        EventsFromKafka.read(env, config.kafka(), definitions)
            .transform(
                "erasures", SourceRecordSerializer.TYPE, new ErasureGate(definitions, erasures))
            .uid("erasures");

    SingleOutputStreamOperator<ViewMessage> messages =
        records.process(new Intake(definitions, config.service())).name("intake").uid("intake");

    ViewStreams views =
        ViewStreams.of(
            definitions,
            messages,
            messages.getSideOutput(Intake.JOINING),
            config.hotStateBytes(),
            erasures);
    DataStream<RowUpdate> rows = views.rows();

    DataStream<VectorPart> parts = messages.getSideOutput(Intake.requests()).union(views.answers());
    SingleOutputStreamOperator<ScoreRequest> vectors =
        parts
            .keyBy(VectorPart::requestId, Types.STRING)
            .transform(
                "vectors",
                InferenceTypes.SCORE_REQUEST,
                new VectorAssembler(definitions, config.service(), erasures))
            .uid("vectors");

    OnlineSettings online = config.online();
    DataStreamSink<RowUpdate> onlineSink =
        rows.sinkTo(
                new OnlineSink(
                    definitions,
                    set -> online.open(OnlineSink.viewsOf(set.definitions()), Clock.systemUTC()),
                    erasures))
            .name("online")
            .uid("online");
    if (!online.isShared()) {
      // The embedded store has one writer.
      onlineSink.setParallelism(1);
    }
    OfflineSinks offline =
        new OfflineSinks(config.offline(), definitions, config.service(), config.model());
    offline.events(messages.getSideOutput(Intake.EVENTS));
    offline.late(messages.getSideOutput(Intake.LATE));
    offline.deadLetters(messages.getSideOutput(Intake.DEAD_LETTERS).union(views.trouble()));
    offline.rows(rows);

    if (!config.model().isEmpty()) {
      DataStream<ModelControl> control =
          LoopFromKafka.<ModelControl, ModelControl>records(
              env,
              config.kafka(),
              config.controlTopic(),
              () -> LoopRecords.MODEL_CONTROL,
              record -> record,
              InferenceTypes.MODEL_CONTROL);
      SingleOutputStreamOperator<Prediction> predictions =
          Scoring.score(
                  vectors,
                  control,
                  RepositoryModelVersions.of(config.models(), config.model()),
                  ScoringOptions.defaults())
              .uid("score");
      LoopTopics.predictions(
          predictions, config.kafka(), definitions, config.service(), config.predictionsTopic());
      offline.predictions(predictions);
      LoopTopics.acks(
          predictions.getSideOutput(Scoring.ACKS), config.kafka(), config.statusTopic());
      DataStream<ShadowScore> shadow = predictions.getSideOutput(Scoring.SHADOW);
      LoopTopics.shadow(shadow, config.kafka(), config.shadowTopic());
      offline.shadow(shadow);
    }
  }

  private static ErasureSettings erasures(FeatureJobConfig config, DefinitionSet definitions) {
    List<String> operators = new ArrayList<>(List.of(ErasureGate.NAME, VectorAssembler.NAME));
    operators.addAll(ViewStreams.holding(definitions));
    operators.add(OnlineSink.NAME);
    return new ErasureSettings(
        KafkaErasureWord.source(config.kafka(), StoreSecrets.of(config.offline())),
        "features " + config.service(),
        operators);
  }
}
