package io.millrace.benchmarks.jobs;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * The end of every job: swallows its output and notes each watermark that comes through. All that a
 * watermark promises was computed by then, however a job buffers, so the watermarks tell how many
 * payments are done.
 *
 * <p>The last reading is static, since a process measures one job and Flink copies operators.
 */
final class Meter<T> extends AbstractStreamOperator<T> implements OneInputStreamOperator<T, T> {
  private static final long serialVersionUID = 1;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private static final long BETWEEN_READINGS_NS = 100_000_000;

  private static volatile Reading latest = new Reading(Long.MIN_VALUE, 0, 0, 0);

  private transient long outputs;

  /**
   * @param outputs records that came out of the job
   * @param cpuNs time of all threads of the process, native ones too
   */
  record Reading(long watermarkMs, long atNs, long cpuNs, long outputs) {}

  static Reading latest() {
    return latest;
  }

  @Override
  public void processElement(StreamRecord<T> element) {
    outputs++;
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    long nowNs = System.nanoTime();
    // The CPU time of a process with many threads is dear to ask for.
    if (nowNs - latest.atNs() >= BETWEEN_READINGS_NS || latest.watermarkMs() == Long.MIN_VALUE) {
      latest = new Reading(mark.getTimestamp(), nowNs, SYSTEM.getProcessCpuTime(), outputs);
    }
    super.processWatermark(mark);
  }
}
