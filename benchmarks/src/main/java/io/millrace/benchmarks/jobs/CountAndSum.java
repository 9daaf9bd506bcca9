package io.millrace.benchmarks.jobs;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.java.tuple.Tuple2;

/** Count and sum of a window, for the windows of the DataStream API. */
final class CountAndSum
    implements AggregateFunction<Payment, Tuple2<Long, Double>, Tuple2<Long, Double>> {
  private static final long serialVersionUID = 1;

  @Override
  public Tuple2<Long, Double> createAccumulator() {
    return Tuple2.of(0L, 0.0);
  }

  @Override
  public Tuple2<Long, Double> add(Payment payment, Tuple2<Long, Double> sum) {
    return Tuple2.of(sum.f0 + 1, sum.f1 + payment.amount());
  }

  @Override
  public Tuple2<Long, Double> getResult(Tuple2<Long, Double> sum) {
    return sum;
  }

  @Override
  public Tuple2<Long, Double> merge(Tuple2<Long, Double> one, Tuple2<Long, Double> other) {
    return Tuple2.of(one.f0 + other.f0, one.f1 + other.f1);
  }
}
