package io.millrace.benchmarks.jobs;

import io.millrace.feature.definition.DefinitionException;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.feature.FeatureOperator;
import io.millrace.jobs.feature.RowUpdate;
import io.millrace.jobs.feature.RowUpdateSerializer;
import io.millrace.jobs.feature.ViewMessage;
import io.millrace.jobs.feature.ViewMessageSerializer;
import io.millrace.jobs.intake.Intake;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;

/** The jobs that are compared. */
enum JobUnderTest {
  PASS_THROUGH("Reads, keys and forgets", Duration.ZERO) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) {
      measure(
          Payments.plain(env, workload, from)
              .keyBy(Payment::card, Types.STRING)
              .process(new StateJobs.Forward())
              .returns(PaymentSerializer.TYPE));
    }
  },
  KAFKA_PASS_THROUGH("Reads from Kafka, keys and forgets", Duration.ZERO) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) throws Exception {
      measure(
          KafkaPayments.stream(env, workload, from)
              .keyBy(Payment::card, Types.STRING)
              .process(new StateJobs.Forward())
              .returns(PaymentSerializer.TYPE));
    }
  },
  READ_WRITE_2KB("Reads and writes one 2 KB value: the ceiling", Duration.ZERO) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) {
      measure(
          Payments.plain(env, workload, from)
              .keyBy(Payment::card, Types.STRING)
              .process(new StateJobs.ReadWrite(2048))
              .returns(PaymentSerializer.TYPE));
    }
  },
  READ_WRITE_10KB("Reads and writes one 10 KB value", Duration.ZERO) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) {
      measure(
          Payments.plain(env, workload, from)
              .keyBy(Payment::card, Types.STRING)
              .process(new StateJobs.ReadWrite(10 * 1024))
              .returns(PaymentSerializer.TYPE));
    }
  },
  INTAKE_ONLY("Millrace up to the key: intake and messages, no state", Duration.ZERO) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) throws Exception {
      measure(
          messages(env, workload, from, PaymentFeatures.MIXED.definitions())
              .keyBy(ViewMessage::stateKey, Types.STRING)
              .process(new StateJobs.ForwardMessages())
              .returns(ViewMessageSerializer.TYPE));
    }
  },
  MILLRACE_MIXED("Millrace, 20 features over 1 h, 1 d, 7 d and 30 d", Duration.ofDays(30)) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) throws Exception {
      features(env, workload, from, PaymentFeatures.MIXED);
    }
  },
  MILLRACE_1H("Millrace, 20 features over 1 h", Duration.ofHours(1)) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) throws Exception {
      features(env, workload, from, PaymentFeatures.ALL_1H);
    }
  },
  MILLRACE_30D("Millrace, 20 features over 30 d", Duration.ofDays(30)) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) throws Exception {
      features(env, workload, from, PaymentFeatures.ALL_30D);
    }
  },
  SQL_OVER_1H("Flink SQL, OVER RANGE 1 h, one count and sum", Duration.ofHours(1)) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) {
      measure(SqlJobs.over(env, workload, from, "'1' HOUR"));
    }
  },
  SQL_OVER_7D("Flink SQL, OVER RANGE 7 d, one count and sum", Duration.ofDays(7)) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) {
      measure(SqlJobs.over(env, workload, from, "'7' DAY"));
    }
  },
  SQL_HOP_7D("Flink SQL, HOP 7 d by 5 min, one count and sum", Duration.ofDays(7)) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) {
      measure(SqlJobs.hop(env, workload, from));
    }

    @Override
    boolean canBeFilled() {
      return false;
    }
  },
  DATASTREAM_SLIDING_7D(
      "Flink DataStream, sliding windows 7 d by 5 min, one count and sum", Duration.ofDays(7)) {
    @Override
    void define(StreamExecutionEnvironment env, Workload workload, long from) {
      measure(
          Payments.plain(env, workload, from)
              .keyBy(Payment::card, Types.STRING)
              .window(SlidingEventTimeWindows.of(Duration.ofDays(7), Duration.ofMinutes(5)))
              .aggregate(
                  new CountAndSum(),
                  Types.TUPLE(Types.LONG, Types.DOUBLE),
                  Types.TUPLE(Types.LONG, Types.DOUBLE)));
    }

    @Override
    boolean canBeFilled() {
      return false;
    }
  };

  private final String title;
  private final Duration window;

  JobUnderTest(String title, Duration window) {
    this.title = title;
    this.window = window;
  }

  /** One line for the table. */
  String title() {
    return title;
  }

  /** How much of the past must be in the state before it is as full as it gets. */
  Duration window() {
    return window;
  }

  /**
   * Whether that takes minutes, not days. What is measured with emptier windows is faster than it
   * would be.
   */
  boolean canBeFilled() {
    return true;
  }

  /** The name on the command line. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static JobUnderTest of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /**
   * Builds the job, its end measured.
   *
   * @param from the first payment to read
   */
  abstract void define(StreamExecutionEnvironment env, Workload workload, long from)
      throws Exception;

  private static DataStream<ViewMessage> messages(
      StreamExecutionEnvironment env, Workload workload, long from, DefinitionSet definitions) {
    return Payments.asSourceRecords(env, workload, from)
        .process(new Intake(definitions, PaymentFeatures.SERVICE))
        .name("intake");
  }

  private static void features(
      StreamExecutionEnvironment env, Workload workload, long from, PaymentFeatures features)
      throws IOException, DefinitionException {
    DefinitionSet definitions = features.definitions();
    DataStream<RowUpdate> rows =
        messages(env, workload, from, definitions)
            .keyBy(ViewMessage::stateKey, Types.STRING)
            .transform("features", RowUpdateSerializer.TYPE, new FeatureOperator(definitions));
    measure(rows);
  }

  static <T> void measure(DataStream<T> end) {
    end.transform("meter", end.getType(), new Meter<>());
  }
}
