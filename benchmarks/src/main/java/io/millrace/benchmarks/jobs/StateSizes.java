package io.millrace.benchmarks.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.feature.Definitions;
import io.millrace.feature.Values;
import io.millrace.feature.window.StatePacker;
import io.millrace.feature.window.ViewAggregator;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
    return result;
  }
}
