package io.millrace.benchmarks.jobs;

import io.millrace.jobs.feature.ViewMessage;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Jobs that do nothing, and nothing but state: what a feature job is measured against. */
final class StateJobs {
  private StateJobs() {}

  static final class Forward extends KeyedProcessFunction<String, Payment, Payment> {
    private static final long serialVersionUID = 1;

    @Override
    public void processElement(Payment payment, Context context, Collector<Payment> out) {
      out.collect(payment);
    }
  }

  static final class ForwardMessages
      extends KeyedProcessFunction<String, ViewMessage, ViewMessage> {
    private static final long serialVersionUID = 1;

    @Override
    public void processElement(ViewMessage message, Context context, Collector<ViewMessage> out) {
      out.collect(message);
    }
  }

  /** One read and one write of one value a payment; a byte of it changes each time. */
  static final class ReadWrite extends KeyedProcessFunction<String, Payment, Payment> {
    private static final long serialVersionUID = 1;

    private final int bytes;
    private transient ValueState<byte[]> state;

    ReadWrite(int bytes) {
      this.bytes = bytes;
    }

    @Override
    public void open(OpenContext context) {
      state =
          getRuntimeContext()
              .getState(new ValueStateDescriptor<>("value", BytePrimitiveArraySerializer.INSTANCE));
    }

    @Override
    public void processElement(Payment payment, Context context, Collector<Payment> out)
        throws Exception {
      byte[] value = state.value();
      if (value == null) {
        value = new byte[bytes];
      }
      value[(int) (payment.index() & 1023)]++;
      state.update(value);
      out.collect(payment);
    }
  }
}
