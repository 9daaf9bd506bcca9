package io.millrace.inference.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.feature.Prediction;
import io.millrace.feature.Values;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.ScoreRequest;
import io.millrace.inference.ScoringModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ScoringJobTest {
  private static final int ROWS = 12_000;
  private static final AtomicInteger CHECKPOINTS = new AtomicInteger();
  private static final AtomicBoolean FAILED = new AtomicBoolean();
  private static final AtomicInteger RESTORED_ROWS = new AtomicInteger();
  private static final List<String> IDS = new ArrayList<>();
  private static final List<Double> SCORES = new ArrayList<>();

  @TempDir Path folder;

  @BeforeEach
  void reset() {
    CHECKPOINTS.set(0);
    FAILED.set(false);
    RESTORED_ROWS.set(0);
    IDS.clear();
    SCORES.clear();
  }

  private static ScoreRequest request(long i) {
    Random random = new Random(i);
    Values vector =
        Values.of(
            random.nextGaussian(),
            random.nextInt(4) == 0 ? null : random.nextGaussian(),
            random.nextGaussian());
    return new ScoreRequest("r" + i, "k", "three", i, i, vector);
  }

  /** Fails once, in the middle and after a checkpoint. */
  private static final class FailOnce extends RichMapFunction<ScoreRequest, ScoreRequest>
      implements CheckpointListener {
    @Override
    public ScoreRequest map(ScoreRequest request) {
      if (request.requestTimeMs() > ROWS / 2
          && CHECKPOINTS.get() >= 3
          && FAILED.compareAndSet(false, true)) {
        throw new IllegalStateException("the failure that this test wants");
      }
      return request;
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {
      CHECKPOINTS.incrementAndGet();
    }
  }

  /** Keeps what it saw in state, so that it forgets what was not covered by the checkpoint. */
  private static final class Seen extends RichMapFunction<Prediction, Prediction>
      implements CheckpointedFunction {
    private transient List<String> ids;
    private transient List<Double> scores;
    private transient ListState<String> idState;
    private transient ListState<Double> scoreState;

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
      idState =
          context
              .getOperatorStateStore()
              .getListState(new ListStateDescriptor<>("ids", Types.STRING));
      scoreState =
          context
              .getOperatorStateStore()
              .getListState(new ListStateDescriptor<>("scores", Types.DOUBLE));
      ids = new ArrayList<>();
      scores = new ArrayList<>();
      idState.get().forEach(ids::add);
      scoreState.get().forEach(scores::add);
      RESTORED_ROWS.set(ids.size());
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
      idState.update(ids);
      scoreState.update(scores);
    }

    @Override
    public Prediction map(Prediction prediction) {
      ids.add(prediction.id());
      scores.add(prediction.score());
      if (ids.size() == ROWS) {
        IDS.addAll(ids);
        SCORES.addAll(scores);
      }
      return prediction;
    }
  }

  @Test
  void shouldScoreEveryRequestOnceInOrderOverACrash() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
    env.enableCheckpointing(50);
    DataGeneratorSource<ScoreRequest> source =
        new DataGeneratorSource<>(
            ScoringJobTest::request,
            ROWS,
            RateLimiterStrategy.perSecond(8_000),
            InferenceTypes.SCORE_REQUEST);

    var requests =
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "requests")
            .map(new FailOnce())
            .returns(InferenceTypes.SCORE_REQUEST);
    Scoring.score(requests, new TreeModelSource(5), new ScoringOptions(64))
        .uid("score")
        .map(new Seen())
        .returns(InferenceTypes.PREDICTION)
        .sinkTo(new DiscardingSink<>());
    env.execute();

    assertThat(FAILED).isTrue();
    assertThat(RESTORED_ROWS).hasPositiveValue();
    assertThat(IDS).hasSize(ROWS);
    try (ScoringModel model = new TreeModelSource(5).open();
        ScoreBatch one = model.newBatch(1)) {
      for (int i = 0; i < ROWS; i++) {
        model.encoder().encode(request(i).vector(), one.input(), 0);
        one.run(1);
        assertThat(IDS.get(i)).isEqualTo("r" + i);
        assertThat(SCORES.get(i)).as("row %d", i).isEqualTo(one.score(0));
      }
    }
  }

  private static ScoreRequest sometimesTooShort(long i) {
    return i % 100 == 0
        ? new ScoreRequest("r" + i, "k", "three", i, i, Values.of(1.0))
        : request(i);
  }

  @Test
  void shouldCountWhatArrivesAndWhatBecomesOfIt() throws Exception {
    InMemoryReporter reporter = InMemoryReporter.createWithRetainedMetrics();
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(
            1, reporter.addToConfiguration(new Configuration()));
    DataGeneratorSource<ScoreRequest> source =
        new DataGeneratorSource<>(
            ScoringJobTest::sometimesTooShort, 2_000, InferenceTypes.SCORE_REQUEST);
    var predictions =
        Scoring.score(
            env.fromSource(source, WatermarkStrategy.noWatermarks(), "requests"),
            new TreeModelSource(5),
            ScoringOptions.defaults());
    predictions.sinkTo(new DiscardingSink<>()).name("predictions");
    predictions.getSideOutput(Scoring.FAILURES).sinkTo(new DiscardingSink<>()).name("failures");

    Map<String, Metric> metrics = reporter.getMetricsByIdentifiers(env.execute().getJobID());

    assertThat(counter(metrics, "arrived")).isEqualTo(2_000);
    assertThat(counter(metrics, "scored")).isEqualTo(1_980);
    assertThat(counter(metrics, "failed")).isEqualTo(20);
    assertThat(counter(metrics, "failedRuns")).isZero();
    long batches = counter(metrics, "batches");
    assertThat(batches).isBetween(1_980 / 256L, 1_980L);
    assertThat(histogram(metrics, "batchRows").getCount()).isEqualTo(batches);
    assertThat(histogram(metrics, "runMicros").getCount()).isEqualTo(batches);
    assertThat(histogram(metrics, "queueMicros").getStatistics().getMin()).isNotNegative();
  }

  private static Metric metric(Map<String, Metric> metrics, String name) {
    return metrics.entrySet().stream()
        .filter(metric -> metric.getKey().endsWith(".scoring." + name))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + metrics.keySet()));
  }

  private static long counter(Map<String, Metric> metrics, String name) {
    return ((Counter) metric(metrics, name)).getCount();
  }

  private static Histogram histogram(Map<String, Metric> metrics, String name) {
    return (Histogram) metric(metrics, name);
  }
}
