package io.millrace.benchmarks.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.feature.Definitions;
import io.millrace.feature.Values;
import io.millrace.feature.window.StateMigration;
import io.millrace.feature.window.StatePacker;
import io.millrace.feature.window.ViewAggregator;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How large the states of the workload's keys are once every window is full: as they lie on the
 * heap, and as they are stored, the bytes that a job reads and writes. The engine alone, no Flink.
 */
public final class StateSizes {
  private StateSizes() {}

  /**
   * @param arguments keys, payments a key and day, skew, seed
   */
  public static void main(String[] arguments) throws Exception {
    Workload workload =
        new Workload(
            Integer.parseInt(arguments[0]),
            Double.parseDouble(arguments[1]),
            Double.parseDouble(arguments[2]),
            Long.parseLong(arguments[3]));
    for (PaymentFeatures features : PaymentFeatures.values()) {
      System.out.println(
          "RESULT " + new ObjectMapper().writeValueAsString(measure(workload, features)));
    }
  }

  /** Bytes a key, the mean key and the key of the mean payment. */
  static Map<String, Object> measure(Workload workload, PaymentFeatures features) throws Exception {
    Definitions definitions = features.definitions().definitions();
    ViewAggregator aggregator =
        ViewAggregator.of(definitions.view("card"), definitions.source("payments").schema());
    Map<String, byte[]> states = new HashMap<>();
    Workload.Maker maker = workload.maker();
    long full = workload.indexOfDay(JobRun.MEASURED_DAY);
    long end = workload.indexOfDay(JobRun.MEASURED_DAY + 1);
    long bytesOfPayments = 0;
    long packedOfPayments = 0;
    StatePacker packer = aggregator.packer();
    for (long i = 0; i < end; i++) {
      Payment payment = maker.make(i);
      Values values = Payments.values(payment);
      byte[] state =
          aggregator.expire(
              aggregator.add(
                  states.getOrDefault(payment.card(), ViewAggregator.EMPTY),
                  payment.atMs(),
                  i,
                  aggregator.contribution(values)),
              payment.atMs() + 1);
      states.put(payment.card(), state);
      if (i >= full) {
        bytesOfPayments += state.length;
        packedOfPayments += packer.packed(state).length;
      }
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("features", features.name());
    result.put("keys", states.size());
    result.put(
        "bytesAKey", states.values().stream().mapToLong(s -> s.length).sum() / states.size());
    result.put("bytesAPayment", bytesOfPayments / (end - full));
    result.put(
        "storedBytesAKey",
        states.values().stream().mapToLong(s -> packer.packed(s).length).sum() / states.size());
    result.put("storedBytesAPayment", packedOfPayments / (end - full));
    putCodecTimes(result, aggregator, states);
    return result;
  }

  /** CPU time of the thread to pack and to unpack the state of a key, the mean over all keys. */
  private static void putCodecTimes(
      Map<String, Object> result, ViewAggregator aggregator, Map<String, byte[]> states) {
    StatePacker packer = aggregator.packer();
    StateMigration reader = StateMigration.to(aggregator, List.of());
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long packNs = Long.MAX_VALUE;
    long unpackNs = Long.MAX_VALUE;
    int rounds = Math.max(1, 20_000 / states.size());
    for (int repeat = 0; repeat < 5; repeat++) {
      long bytes = 0;
      long startNs = threads.getCurrentThreadCpuTime();
      for (int round = 0; round < rounds; round++) {
        for (byte[] state : states.values()) {
          bytes += packer.packed(state).length;
        }
      }
      long middleNs = threads.getCurrentThreadCpuTime();
      List<byte[]> packed = states.values().stream().map(packer::packed).toList();
      long restartNs = threads.getCurrentThreadCpuTime();
      for (int round = 0; round < rounds; round++) {
        for (byte[] stored : packed) {
          bytes -= reader.state(stored).length;
        }
      }
      long endNs = threads.getCurrentThreadCpuTime();
      if (bytes == 0) {
        throw new IllegalStateException("states are larger than what is stored of them");
      }
      long times = (long) rounds * states.size();
      packNs = Math.min(packNs, (middleNs - startNs) / times);
      unpackNs = Math.min(unpackNs, (endNs - restartNs) / times);
    }
    result.put("cpuNsToPack", packNs);
    result.put("cpuNsToUnpack", unpackNs);
  }
}
