package io.millrace.jobs;

import io.millrace.feature.EventSource;
import io.millrace.feature.Prediction;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.loop.DriftReport;
import io.millrace.feature.loop.ModelControl;
import io.millrace.feature.loop.Outcome;
import io.millrace.feature.loop.RetrainRequest;
import io.millrace.feature.loop.RetrainStatus;
import io.millrace.jobs.erasure.ErasureFilter;
import io.millrace.jobs.erasure.ErasureGate;
import io.millrace.jobs.erasure.ErasureSettings;
import io.millrace.jobs.intake.EventsFromKafka;
import io.millrace.jobs.intake.KafkaErasureWord;
import io.millrace.jobs.intake.LoopFromKafka;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.SourceRecordSerializer;
import io.millrace.jobs.monitor.Monitoring;
import io.millrace.jobs.monitor.Panes;
import io.millrace.jobs.monitor.PolicyEvent;
import io.millrace.jobs.monitor.PolicyEventSerializer;
import io.millrace.jobs.monitor.Watched;
import io.millrace.jobs.monitor.WatchedOutcomes;
import io.millrace.jobs.monitor.WatchedPredictions;
import io.millrace.jobs.sink.LoopTopics;
import io.millrace.jobs.sink.OfflineSinks;
import io.millrace.jobs.sink.StoreSecrets;
import io.millrace.jobs.sink.Topics;
import io.millrace.jobs.sink.Topics.Topic;
import io.millrace.schema.LoopRecords;
import java.util.List;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job that watches the models of a service: hops 9 to 11 of the walk. Predictions meet their
 * labels, both are counted by panes and held against the reference of the version that scored, and
 * the policy asks for a retraining.
 *
 * <pre>
 * flink run -c io.millrace.jobs.MonitorJob flink-jobs.jar --definitions DIR --service delay_v1 \
 *   --kafka.bootstrap-servers HOST:PORT --registry.url URL --offline.path DIR --models.path DIR \
 *   --checkpoints.path DIR
 * </pre>
 *
 * <p>Event time comes from the predictions' request times and from the label source's events and
 * heartbeats, by partition. A partition that has had no record since the start holds back the
 * others for {@code source.idleness} only. The topics of control carry no event time.
 */
public final class MonitorJob {
  private MonitorJob() {}

  public static void main(String[] arguments) throws Exception {
    MonitorJobConfig config;
    DefinitionSet definitions;
    try {
      config = MonitorJobConfig.of(arguments);
      definitions = DefinitionSet.read(config.definitions(), config.variables());
      Monitoring.horizonOf(definitions, config.service());
    } catch (IllegalArgumentException | DefinitionException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    Topics.createMissing(
        config.kafka(),
        List.of(
            Topic.ofDefaultPartitions(config.predictionsTopic()),
            Topic.ofDefaultPartitions(config.outcomesTopic()),
            Topic.ofOnePartition(config.driftTopic()),
            Topic.ofOnePartition(config.requestsTopic()),
            Topic.ofOnePartition(config.retrainStatusTopic()),
            Topic.ofOneCompactedPartition(config.controlTopic()),
            Topic.ofOneCompactedPartition(Erasure.TOPIC),
            Topic.ofOnePartition(Erasure.ACKS_TOPIC)));
    StreamExecutionEnvironment env = config.cluster().environment();
    long paneMs = config.pane().toMillis();
    String service = config.service();
    define(
        env,
        config,
        definitions,
        new WatchedPredictions(config.models(), paneMs),
        new WatchedOutcomes(config.models(), paneMs),
        () -> Monitoring.judgement(definitions, service));
    env.execute("millrace monitor " + config.service());
  }

  /** The walk, hop by hop. */
  static void define(
      StreamExecutionEnvironment env,
      MonitorJobConfig config,
      DefinitionSet definitions,
      Watched<Prediction> inputs,
      Watched<Outcome> performance,
      Monitoring.RuleMaker rule) {
    KafkaSettings kafka = config.kafka();
    Erased erased = Erased.of(config, definitions);
    DataStream<Prediction> predictions =
        erased.without(
            LoopFromKafka.predictions(
                env,
                kafka,
                definitions,
                config.service(),
                config.predictionsTopic(),
                config.predictionsDisorder(),
                config.idleness()),
            new OfPredictions(),
            "predictions");
    EventSource labelSource =
        definitions
            .definitions()
            .source(
                definitions.definitions().service(config.service()).label().orElseThrow().source());
    DataStream<SourceRecord> labels =
        EventsFromKafka.readOne(env, kafka, definitions, labelSource, config.idleness())
            .transform(
                "erasures",
                SourceRecordSerializer.TYPE,
                new ErasureGate(definitions, erased.settings()))
            .uid("erasures");

    DataStream<Outcome> outcomes =
        erased.without(
            Monitoring.outcomes(
                predictions, labels, definitions, config.service(), erased.settings()),
            new OfOutcomes(),
            "outcomes");
    LoopTopics.outcomes(outcomes, kafka, config.outcomesTopic());

    long paneMs = config.pane().toMillis();
    long horizonMs = Monitoring.horizonOf(definitions, config.service()).toMillis();
    DataStream<DriftReport> reports =
        Monitoring.reports(predictions, inputs, Panes.ofInputs(paneMs), "inputs")
            .union(
                Monitoring.reports(
                    outcomes,
                    performance,
                    Panes.ofOutcomes(paneMs, horizonMs, config.completeness()),
                    "performance"));
    LoopTopics.drift(reports, kafka, config.driftTopic());

    DataStream<PolicyEvent> word =
        LoopFromKafka.<RetrainStatus, PolicyEvent>records(
                env,
                kafka,
                config.retrainStatusTopic(),
                () -> LoopRecords.RETRAIN_STATUS,
                PolicyEvent.Status::new,
                PolicyEventSerializer.TYPE)
            .union(
                LoopFromKafka.<ModelControl, PolicyEvent>records(
                    env,
                    kafka,
                    config.controlTopic(),
                    () -> LoopRecords.MODEL_CONTROL,
                    PolicyEvent.Control::new,
                    PolicyEventSerializer.TYPE));
    DataStream<RetrainRequest> requests =
        Monitoring.requests(reports, word, config.policy(), config.service(), rule);
    LoopTopics.requests(requests, kafka, config.requestsTopic());

    OfflineSinks offline = new OfflineSinks(config.offline(), definitions, config.service(), "");
    offline.outcomes(outcomes);
    offline.drift(reports);
  }

  /**
   * How the job keeps out what names an erased subject.
   *
   * @param columns of the request key
   */
  private record Erased(ErasureSettings settings, List<String> columns) {
    private static Erased of(MonitorJobConfig config, DefinitionSet definitions) {
      return new Erased(
          new ErasureSettings(
              KafkaErasureWord.source(config.kafka(), StoreSecrets.of(config.offline())),
              "monitor " + config.service(),
              List.of(ErasureGate.NAME, "predictions", Monitoring.OUTCOMES_JOIN, "outcomes")),
          definitions.definitions().service(config.service()).label().orElseThrow().on());
    }

    private <T> DataStream<T> without(
        DataStream<T> records, ErasureFilter.Facts<T> facts, String name) {
      return records
          .transform(
              "erased " + name,
              records.getType(),
              new ErasureFilter<>(columns, facts, settings, name))
          .uid("erased-" + name);
    }
  }

  private static final class OfPredictions implements ErasureFilter.Facts<Prediction> {
    private static final long serialVersionUID = 1;

    @Override
    public String requestKey(Prediction prediction) {
      return prediction.requestKey();
    }

    @Override
    public long timeMs(Prediction prediction) {
      return prediction.requestTimeMs();
    }

    @Override
    public long knownAtMs(Prediction prediction) {
      return prediction.appendedAtMs();
    }
  }

  private static final class OfOutcomes implements ErasureFilter.Facts<Outcome> {
    private static final long serialVersionUID = 1;

    @Override
    public String requestKey(Outcome outcome) {
      return outcome.requestKey();
    }

    @Override
    public long timeMs(Outcome outcome) {
      return outcome.requestTimeMs();
    }

    @Override
    public long knownAtMs(Outcome outcome) {
      return Long.MAX_VALUE;
    }
  }
}
