package io.millrace.benchmarks.jobs;

import io.millrace.feature.Event;
import io.millrace.feature.Position;
import io.millrace.feature.Values;
import io.millrace.jobs.intake.SourceRecord;
import io.millrace.jobs.intake.SourceRecordSerializer;
import java.io.Serializable;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The workload as a stream, in the form that a job reads. A watermark after every hundredth
 * payment, not after some wall time: so every job sees the same stream whatever its pace.
 */
final class Payments {
  private static final int PAYMENTS_A_WATERMARK = 100;

  private Payments() {}

  /** What a form of the stream makes of a payment. */
  interface Form<T> extends Serializable {
    T of(Payment payment);
  }

  static DataStream<Payment> plain(StreamExecutionEnvironment env, Workload workload, long from) {
    return stream(env, workload, from, payment -> payment, PaymentSerializer.TYPE);
  }

  /** As the reader of Kafka would give them to the feature job. */
  static DataStream<SourceRecord> asSourceRecords(
      StreamExecutionEnvironment env, Workload workload, long from) {
    return stream(env, workload, from, Payments::sourceRecord, SourceRecordSerializer.TYPE);
  }

  /** The columns of the source {@code payments} of {@link PaymentFeatures}. */
  static Values values(Payment payment) {
    Values values = new Values(6);
    values.setText(0, payment.card());
    values.setLong(1, payment.atMs());
    values.setDouble(2, payment.amount());
    values.setDouble(3, payment.fee());
    values.setDouble(4, payment.gross());
    values.setDouble(5, payment.net());
    return values;
  }

  private static SourceRecord sourceRecord(Payment payment) {
    Position position = new Position("payments", 0, payment.index());
    return new SourceRecord.Good(
        0, new Event("payments", payment.atMs(), position, values(payment)), 0);
  }

  static <T> DataStream<T> stream(
      StreamExecutionEnvironment env,
      Workload workload,
      long from,
      Form<T> form,
      TypeInformation<T> type) {
    DataGeneratorSource<T> source =
        new DataGeneratorSource<>(
            new Generator<>(workload, from, form), Long.MAX_VALUE >> 16, type);
    return env.fromSource(source, watermarks(workload, from), "payments", type);
  }

  static <T> WatermarkStrategy<T> watermarks(Workload workload, long from) {
    return WatermarkStrategy.<T>forGenerator(context -> new EveryHundredth<>(workload, from))
        .withTimestampAssigner((record, ignored) -> timeMs(record));
  }

  private static long timeMs(Object record) {
    return record instanceof Payment payment
        ? payment.atMs()
        : ((SourceRecord.Good) record).event().timeMs();
  }

  private static final class Generator<T> implements GeneratorFunction<Long, T> {
    private static final long serialVersionUID = 1;

    private final Workload workload;
    private final long from;
    private final Form<T> form;
    private transient Workload.Maker maker;

    private Generator(Workload workload, long from, Form<T> form) {
      this.workload = workload;
      this.from = from;
      this.form = form;
    }

    @Override
    public T map(Long number) {
      if (maker == null) {
        maker = workload.maker();
      }
      return form.of(maker.make(from + number));
    }
  }

  private static final class EveryHundredth<T> implements WatermarkGenerator<T> {
    private final Workload workload;
    private long index;

    private EveryHundredth(Workload workload, long from) {
      this.workload = workload;
      this.index = from;
    }

    @Override
    public void onEvent(T event, long timestampMs, WatermarkOutput output) {
      if (++index % PAYMENTS_A_WATERMARK == 0) {
        output.emitWatermark(new Watermark(workload.orderedMs(index) - Workload.DISORDER_MS - 1));
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      // All that is to be said was said.
    }
  }
}
