package io.millrace.benchmarks.jobs;

import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;

/** One pair of features, count and sum, as Flink SQL computes it; no conversion to rows of Java. */
final class SqlJobs {
  private static final String OVER =
      """
      SELECT card, paid_at, COUNT(*) OVER w, SUM(amount) OVER w FROM payments
      WINDOW w AS (PARTITION BY card ORDER BY paid_at
        RANGE BETWEEN INTERVAL %s PRECEDING AND CURRENT ROW)
      """;
  private static final String HOP =
      """
      SELECT card, window_end, COUNT(*), SUM(amount)
      FROM TABLE(HOP(TABLE payments, DESCRIPTOR(paid_at), INTERVAL '5' MINUTES, INTERVAL '7' DAYS))
      GROUP BY card, window_start, window_end
      """;

  private SqlJobs() {}

  /**
   * @param interval such as {@code '7' DAY}
   */
  static DataStream<RowData> over(
      StreamExecutionEnvironment env, Workload workload, long from, String interval) {
    return query(env, workload, from, OVER.formatted(interval));
  }

  /** Seven days by five minutes. */
  static DataStream<RowData> hop(StreamExecutionEnvironment env, Workload workload, long from) {
    return query(env, workload, from, HOP);
  }

  private static DataStream<RowData> query(
      StreamExecutionEnvironment env, Workload workload, long from, String sql) {
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    InternalTypeInfo<RowData> type =
        InternalTypeInfo.of(
            RowType.of(
                new LogicalType[] {new VarCharType(VarCharType.MAX_LENGTH), new DoubleType()},
                new String[] {"card", "amount"}));
    DataStream<RowData> payments =
        Payments.plain(env, workload, from).map(SqlJobs::row).returns(type);
    tables.createTemporaryView(
        "payments",
        payments,
        Schema.newBuilder()
            .columnByMetadata("paid_at", DataTypes.TIMESTAMP_LTZ(3), "rowtime")
            .watermark("paid_at", "SOURCE_WATERMARK()")
            .build());
    Table result = tables.sqlQuery(sql);
    return tables.toDataStream(
        result, result.getResolvedSchema().toPhysicalRowDataType().bridgedTo(RowData.class));
  }

  private static RowData row(Payment payment) {
    return GenericRowData.of(StringData.fromString(payment.card()), payment.amount());
  }
}
