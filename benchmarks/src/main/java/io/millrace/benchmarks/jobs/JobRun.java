package io.millrace.benchmarks.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * One job on one state backend, in this process: fills the windows, then measures for a while, and
 * prints one line of JSON. {@link Comparison} starts such a process for each job.
 */
public final class JobRun {
  /** The day of the workload from which on everyone is measured. */
  static final double MEASURED_DAY = 31;

  private static final long WARM_CPU_NS = 20_000_000_000L;

  private JobRun() {}

  /**
   * @param arguments job, state backend, keys, payments a key and day, skew, seed, seconds at most
   *     to fill the windows, seconds to measure
   */
  public static void main(String[] arguments) throws Exception {
    JobUnderTest job = JobUnderTest.of(arguments[0]);
    String backend = arguments[1];
    Workload workload =
        new Workload(
            Integer.parseInt(arguments[2]),
            Double.parseDouble(arguments[3]),
            Double.parseDouble(arguments[4]),
            Long.parseLong(arguments[5]));
    double fillSeconds = Double.parseDouble(arguments[6]);
    double seconds = Double.parseDouble(arguments[7]);

    // A little more than the window, so that the JIT has seen the full state too.
    double fillDays = job.window().toMillis() / 86_400_000.0 + 0.5;
    long from = workload.indexOfDay(MEASURED_DAY - fillDays);
    StreamExecutionEnvironment env = environment(backend);
    job.define(env, workload, from);
    JobClient client = env.executeAsync(job.word());
    long measuredFromMs = workload.orderedMs(workload.indexOfDay(MEASURED_DAY));
    long startNs = System.nanoTime();
    // The windows full, and some CPU time for the JIT.
    while (Meter.latest().watermarkMs() == Long.MIN_VALUE
        || (seconds(startNs) < fillSeconds
            && (Meter.latest().watermarkMs() < measuredFromMs
                || Meter.latest().cpuNs() < WARM_CPU_NS))) {
      failWithTheJob(client);
      Thread.sleep(20);
    }
    Meter.Reading first = Meter.latest();
    long allocated = allocatedBytes();
    long collectorMs = collectorMs();
    long measureNs = System.nanoTime();
    // On a busy machine longer, until it had half a core.
    while (seconds(measureNs) < seconds
        || Meter.latest().watermarkMs() == first.watermarkMs()
        || (Meter.latest().cpuNs() - first.cpuNs() < seconds * 5e8
            && seconds(measureNs) < 3 * seconds)) {
      failWithTheJob(client);
      if (seconds(measureNs) > 10 * seconds) {
        throw new IllegalStateException("no watermark came through in " + 10 * seconds + " s");
      }
      Thread.sleep(20);
    }
    Meter.Reading last = Meter.latest();
    double events = workload.progress(last.watermarkMs()) - workload.progress(first.watermarkMs());
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("job", job.word());
    result.put("backend", backend);
    result.put("events", Math.round(events));
    result.put("seconds", (last.atNs() - first.atNs()) / 1e9);
    result.put("cpuSeconds", (last.cpuNs() - first.cpuNs()) / 1e9);
    result.put("outputs", last.outputs() - first.outputs());
    result.put("allocatedBytes", allocatedBytes() - allocated);
    result.put("collectorSeconds", (collectorMs() - collectorMs) / 1e3);
    double filled =
        (first.watermarkMs() - workload.orderedMs(from))
            / (double) Math.max(1, job.window().toMillis());
    result.put("windowFilled", job.window().isZero() ? 1 : Math.min(1, filled));
    System.out.println("RESULT " + new ObjectMapper().writeValueAsString(result));
    System.out.flush();
    System.exit(0);
  }

  private static StreamExecutionEnvironment environment(String backend) throws Exception {
    Path folder = Files.createTempDirectory("millrace-bench");
    folder.toFile().deleteOnExit();
    Configuration flink = new Configuration();
    flink.set(StateBackendOptions.STATE_BACKEND, backend);
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, Duration.ofMillis(50));
    flink.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(10));
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    flink.set(TaskManagerOptions.NUM_TASK_SLOTS, 1);
    flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    return StreamExecutionEnvironment.createLocalEnvironment(1, flink);
  }

  private static void failWithTheJob(JobClient client) throws Exception {
    if (client.getJobStatus().get().isGloballyTerminalState()) {
      client.getJobExecutionResult().get();
      throw new IllegalStateException("the job ended, though its source never does");
    }
  }

  private static double seconds(long sinceNs) {
    return (System.nanoTime() - sinceNs) / 1e9;
  }

  private static long allocatedBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
      sum += Math.max(0, bytes);
    }
    return sum;
  }

  private static long collectorMs() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(collector -> Math.max(0, collector.getCollectionTime()))
        .sum();
  }
}
