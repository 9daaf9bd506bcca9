package io.millrace.jobs.sink;

import io.millrace.jobs.intake.StoredEvent;
import io.millrace.jobs.intake.StoredEventSerializer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.PluginUtils;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A process that writes the events of the drill into a store, goes on from a checkpoint if it is
 * given one, fails now and then by itself, and may be killed at any moment.
 */
final class DrillJob {
  private static final long CHECKPOINT_INTERVAL_MS = 300;

  private DrillJob() {}

  /**
   * Store, checkpoints, checkpoint to go on from or "", events, events a second, seed, and after
   * how many events of a subtask hardly any more come, so that slow kills do not come too late.
   */
  public static void main(String[] arguments) throws Exception {
    URI store = URI.create(arguments[0]);
    if (!store.getScheme().equals("file")) {
      Configuration cluster = GlobalConfiguration.loadConfiguration();
      FileSystem.initialize(cluster, PluginUtils.createPluginManagerFromRootFolder(cluster));
    }
    Configuration flink = new Configuration();
    flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, Path.of(arguments[1]).toUri().toString());
    flink.set(
        CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(CHECKPOINT_INTERVAL_MS));
    flink.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    if (!arguments[2].isEmpty()) {
      flink.set(StateRecoveryOptions.SAVEPOINT_PATH, arguments[2]);
    }
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, Integer.MAX_VALUE);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(50));
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(16));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(16));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, flink);
    long count = Long.parseLong(arguments[3]);
    DrillEvents events = new DrillEvents(count);
    DataStream<StoredEvent> stream =
        env.fromSource(
                new DataGeneratorSource<>(
                    events,
                    count,
                    RateLimiterStrategy.perSecond(Double.parseDouble(arguments[4])),
                    StoredEventSerializer.TYPE),
                WatermarkStrategy.<StoredEvent>forBoundedOutOfOrderness(Duration.ofHours(2))
                    .withTimestampAssigner((stored, time) -> stored.event().timeMs()),
                "arrivals")
            .uid("arrivals")
            .map(new Failing(Long.parseLong(arguments[5]), count, Long.parseLong(arguments[6])))
            .returns(StoredEventSerializer.TYPE)
            .uid("failing");
    new OfflineSinks(store, events.definitions(), "delay_v1", "delay").events(stream);
    env.execute("drill");
    System.exit(0);
  }

  /** Throws about twice in the time in which all events pass, and at most twice a process. */
  private static final class Failing extends RichMapFunction<StoredEvent, StoredEvent> {
    private static final long serialVersionUID = 1;
    private static final int FAILURES = 2;

    private final long seed;
    private static final long PAUSE_NS = 5_000_000;

    private final long mean;
    private final long most;
    private transient long passed;
    private transient Random random;
    private transient boolean fails;

    private Failing(long seed, long count, long most) {
      this.seed = seed;
      this.mean = Math.max(1, count / 2);
      this.most = most;
    }

    @Override
    public void open(OpenContext context) {
      int attempt = getRuntimeContext().getTaskInfo().getAttemptNumber();
      random = new Random(seed + attempt);
      fails = attempt < FAILURES;
    }

    @Override
    public StoredEvent map(StoredEvent event) {
      if (fails && random.nextLong(mean) == 0) {
        throw new IllegalStateException("a failure of the drill");
      }
      if (++passed > most) {
        LockSupport.parkNanos(PAUSE_NS);
      }
      return event;
    }
  }
}
