package io.millrace.benchmarks.swap;

import io.millrace.feature.Prediction;
import io.millrace.feature.loop.ModelControl;
import io.millrace.inference.ScoreRequest;
import io.millrace.inference.flink.InferenceTypes;
import io.millrace.inference.flink.Scoring;
import io.millrace.inference.flink.ScoringOptions;
import io.millrace.inference.model.RepositoryModelVersions;
import java.io.Serializable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.source.legacy.RichParallelSourceFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Requests on a schedule, the scoring operator, and the end that notes what comes out. Requests and
 * control records come from this process: Kafka is not part of it.
 */
final class SwapJob {
  static final Duration BUFFER_TIMEOUT = Duration.ofMillis(10);
  static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  /** Requests that became due since the last look are sent together. */
  private static final long TICK_NANOS = 1_000_000;

  private static final String ID = "requests-0@";

  private SwapJob() {}

  /** Starts the job with the current {@link Exchange}. */
  static JobClient start(Exchange exchange) throws Exception {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(ExecutionOptions.BUFFER_TIMEOUT, BUFFER_TIMEOUT);
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    flink.set(TaskManagerOptions.NUM_TASK_SLOTS, exchange.parallelism());
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(exchange.parallelism(), flink);
    DataStream<ScoreRequest> requests =
        env.addSource(new Requests(), "requests", InferenceTypes.SCORE_REQUEST);
    DataStream<ModelControl> control =
        env.addSource(new Controls(), "control", InferenceTypes.MODEL_CONTROL).setParallelism(1);
    SingleOutputStreamOperator<Prediction> predictions =
        Scoring.score(
            requests,
            control,
            RepositoryModelVersions.of(exchange.models().root(), SwapModels.MODEL),
            ScoringOptions.defaults());
    end(predictions, SwapJob::record);
    end(predictions.getSideOutput(Scoring.ACKS), (to, subtask, ack) -> to.acks.add(ack));
    end(predictions.getSideOutput(Scoring.FAILURES), (to, subtask, row) -> to.failures.increment());
    end(
        predictions.getSideOutput(Scoring.SHADOW),
        (to, subtask, row) -> to.shadowScores.increment());
    return env.executeAsync("swaps");
  }

  private static void record(Exchange to, int subtask, Prediction prediction) {
    String id = prediction.id();
    to.recording(subtask)
        .add(
            Long.parseLong(id, ID.length(), id.length(), 10),
            System.nanoTime(),
            prediction.modelVersion(),
            (float) prediction.score());
  }

  private static <T> void end(DataStream<T> stream, Take<T> take) {
    stream.transform("end", stream.getType(), new End<>(take));
  }

  private interface Take<T> extends Serializable {
    void take(Exchange to, int subtask, T value);
  }

  /** Chained behind the scoring, so that what it notes has just been put out. */
  private static final class End<T> extends AbstractStreamOperator<T>
      implements OneInputStreamOperator<T, T> {
    private static final long serialVersionUID = 1;

    private final Take<T> take;
    private transient Exchange to;
    private transient int subtask;

    private End(Take<T> take) {
      this.take = take;
    }

    @Override
    public void open() throws Exception {
      super.open();
      to = Exchange.current();
      subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    }

    @Override
    public void processElement(StreamRecord<T> element) {
      take.take(to, subtask, element.getValue());
    }
  }

  /** Open loop: a request is due when it is due, however far the job is behind. */
  private static final class Requests extends RichParallelSourceFunction<ScoreRequest> {
    private static final long serialVersionUID = 1;

    private volatile boolean cancelled;

    @Override
    public void run(SourceContext<ScoreRequest> out) {
      Exchange from = Exchange.current();
      int subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
      long startNanos = from.startNanos();
      long index = subtask;
      while (!cancelled && !from.isStopped()) {
        if (from.dueNanos(startNanos, index) - System.nanoTime() > 0) {
          LockSupport.parkNanos(TICK_NANOS);
          continue;
        }
        synchronized (out.getCheckpointLock()) {
          out.collect(
              new ScoreRequest(ID + index, "", "delay_v1", index, 0, from.models().vector(index)));
        }
        index += from.parallelism();
      }
      from.sent(subtask, index / from.parallelism());
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  private static final class Controls implements SourceFunction<ModelControl> {
    private static final long serialVersionUID = 1;

    private volatile boolean cancelled;

    @Override
    public void run(SourceContext<ModelControl> out) throws InterruptedException {
      Exchange from = Exchange.current();
      while (!cancelled && !from.isStopped()) {
        ModelControl control = from.controls.poll(5, TimeUnit.MILLISECONDS);
        if (control != null) {
          synchronized (out.getCheckpointLock()) {
            out.collect(control);
          }
        }
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }
}
