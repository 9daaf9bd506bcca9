package io.millrace.offline.parity;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableRows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds the requests of predictions among the stored events: a prediction's id is its position. */
final class Requests {
  private Requests() {}

  static void find(StoreCut cut, EventSource source, List<Served> sample) {
    if (sample.isEmpty()) {
      return;
    }
    long firstMs = sample.stream().mapToLong(one -> one.requestTimeMs).min().orElseThrow();
    long lastMs = sample.stream().mapToLong(one -> one.requestTimeMs).max().orElseThrow();
    // A request may have been answered twice.
    Map<String, List<Served>> byId = new HashMap<>();
    sample.forEach(served -> byId.computeIfAbsent(served.id, id -> new ArrayList<>(1)).add(served));
    RowSchema columns = OfflineTables.eventColumns(source);
    int own = source.schema().size();
    try (TableRows rows = TableRows.openHolding(cut.events(source), columns, firstMs, lastMs)) {
      while (rows.next()) {
        Values row = rows.row();
        Position position =
            new Position(source.topic(), (int) row.longAt(own + 1), row.longAt(own + 2));
        List<Served> found = byId.get(position.toString());
        boolean takenBack = source.changes().isPresent() && row.booleanAt(own + 3);
        if (found != null && !takenBack) {
          Values values = new Values(own);
          for (int i = 0; i < own; i++) {
            values.copyFrom(i, row, i);
          }
          Event request =
              new Event(source.name(), row.longAt(source.timeIndex()), position, values);
          found.forEach(served -> served.request = request);
        }
      }
    }
  }
}
