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
import io.millrace.jobs.feature.RowsOf;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewStreams;
import io.millrace.jobs.history.HistoryStart;
import io.millrace.jobs.history.HistoryThenKafka;
import io.millrace.jobs.intake.EventsFromKafka;
import io.millrace.jobs.intake.Intake;
import io.millrace.jobs.intake.KafkaErasureWord;
import io.millrace.jobs.intake.LoopFromKafka;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.SourceRecordSerializer;
import io.millrace.jobs.sink.LoopTopics;
import io.millrace.jobs.sink.OfflineSinks;
import io.millrace.jobs.sink.OnlineSink;
import io.millrace.jobs.sink.StoreFolders;
import io.millrace.jobs.sink.StoreSecrets;
import io.millrace.jobs.sink.Topics;
import io.millrace.jobs.sink.Topics.Topic;
import io.millrace.jobs.vector.VectorAssembler;
import io.millrace.jobs.vector.VectorPart;
import io.millrace.offline.OfflineException;
import io.millrace.offline.erasure.SideJobs;
import io.millrace.offline.history.RecordedPast;
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
    // A job that is restored goes on with the past that it began with.
    RecordedPast past = RecordedPast.NONE;
    try {
      config = FeatureJobConfig.of(arguments);
      definitions = DefinitionSet.read(config.definitions(), config.variables());
      definitions.definitions().service(config.service());
      if (!config.views().isEmpty()) {
        definitions = definitions.onlyViews(config.views());
      }
      if (config.history().isPresent() && config.restore().isEmpty()) {
        past = HistoryStart.check(config.history().get(), config.kafka(), definitions);
      }
      if (!config.views().isEmpty()) {
        note(config);
      }
    } catch (IllegalArgumentException
        | IllegalStateException
        | OfflineException
        | DefinitionException e) {
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
    DataStream<SourceRecord> records =
        config.history().isPresent()
            ? HistoryThenKafka.read(env, config.kafka(), definitions, config.history().get(), past)
            : EventsFromKafka.read(env, config.kafka(), definitions);
    if (config.views().isEmpty()) {
      define(env, config, definitions, records);
      env.execute("millrace features " + config.service());
    } else {
      defineViews(config, definitions, records);
      env.execute("millrace " + viewsJob(config));
    }
  }

  /** An erasure must know of it: nobody names it. */
  private static void note(FeatureJobConfig config) {
    config.cluster().loadPlugins();
    SideJobs.note(
        StoreFolders.at(config.offline()),
        new SideJobs.SideJob(
            viewsJob(config), config.checkpoints(), config.definitions(), config.variables()));
  }

  private static String viewsJob(FeatureJobConfig config) {
    return SideJobs.nameOf(config.views(), config.checkpoints());
  }

  /** The walk of some views: no request, no events of their own to record. */
  static void defineViews(
      FeatureJobConfig config, DefinitionSet definitions, DataStream<SourceRecord> records) {
    ErasureSettings erasures = erasures(config, viewsJob(config), ViewStreams.holding(definitions));
    SingleOutputStreamOperator<ViewMessage> messages =
        withoutErased(records, definitions, erasures)
            .process(Intake.withoutAnswers(definitions, config.service()))
            .name("intake")
            .uid("intake");
    ViewStreams views =
        ViewStreams.of(
            definitions,
            messages,
            messages.getSideOutput(Intake.JOINING),
            config.hotStateBytes(),
            erasures);
    DataStream<RowUpdate> rows =
        views.rows().filter(new RowsOf(definitions, config.views())).name("rows").uid("rows");
    online(config, definitions, erasures, rows);
    OfflineSinks offline =
        new OfflineSinks(config.offline(), definitions, config.service(), config.model());
    offline.rows(rows);
    // What overflows or is coarsened in these views; what is late or dead was told by others.
    offline.deadLetters(views.trouble());
  }

  private static void online(
      FeatureJobConfig config,
      DefinitionSet definitions,
      ErasureSettings erasures,
      DataStream<RowUpdate> rows) {
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
  }

  /** The walk, hop by hop. */
  static void define(
      StreamExecutionEnvironment env,
      FeatureJobConfig config,
      DefinitionSet definitions,
      DataStream<SourceRecord> records)
      throws IOException {
    List<String> holding = new ArrayList<>(ViewStreams.holding(definitions));
    holding.add(VectorAssembler.NAME);
    ErasureSettings erasures = erasures(config, "features " + config.service(), holding);
    SingleOutputStreamOperator<ViewMessage> messages =
        withoutErased(records, definitions, erasures)
            .process(new Intake(definitions, config.service()))
            .name("intake")
            .uid("intake");

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

    online(config, definitions, erasures, rows);
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

  private static DataStream<SourceRecord> withoutErased(
      DataStream<SourceRecord> records, DefinitionSet definitions, ErasureSettings erasures) {
    return records
        .transform("erasures", SourceRecordSerializer.TYPE, new ErasureGate(definitions, erasures))
        .uid("erasures");
  }

  private static ErasureSettings erasures(
      FeatureJobConfig config, String job, List<String> holding) {
    List<String> operators = new ArrayList<>(List.of(ErasureGate.NAME));
    operators.addAll(holding);
    operators.add(OnlineSink.NAME);
    return new ErasureSettings(
        KafkaErasureWord.source(config.kafka(), StoreSecrets.of(config.offline())), job, operators);
  }
}
