package io.millrace.offline.parity;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** On which days requests were answered, so that all predictions are taken some days at a time. */
final class ServedDays {
  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final RowSchema COLUMNS =
      new RowSchema(
          "predictions",
          List.of(
              Field.required("service", ValueType.STRING),
              Field.required("request_time", ValueType.TIMESTAMP)));

  private ServedDays() {}

  /** The last millisecond of each batch, in order; no batch is empty. */
  static List<Long> batches(StoreCut cut, String service, int batchSize) {
    NavigableMap<Long, Long> days = new TreeMap<>();
    for (TableFiles files : cut.predictions()) {
      try (TableRows rows = TableRows.openHolding(files, COLUMNS, Long.MIN_VALUE, Long.MAX_VALUE)) {
        while (rows.next()) {
          if (rows.row().textAt(0).equals(service)) {
            days.merge(Math.floorDiv(rows.row().longAt(1), DAY_MS), 1L, Long::sum);
          }
        }
      }
    }
    List<Long> ends = new ArrayList<>();
    long size = 0;
    for (Map.Entry<Long, Long> day : days.entrySet()) {
      size += day.getValue();
      if (size >= batchSize || day.getKey().equals(days.lastKey())) {
        ends.add((day.getKey() + 1) * DAY_MS - 1);
        size = 0;
      }
    }
    return ends;
  }
}
