package io.millrace.offline.parity;

import io.millrace.feature.Event;
import io.millrace.feature.EventSource;
import io.millrace.feature.Position;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.TableRows;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds the requests of predictions among the stored events: a prediction's id is its position. */
final class Requests {
  private Requests() {}

  static void find(OfflineStore store, EventSource source, List<Served> sample) {
    Map<String, Served> byId = new HashMap<>();
    sample.forEach(served -> byId.put(served.id, served));
    RowSchema columns = OfflineTables.eventColumns(source);
    int own = source.schema().size();
    try (TableRows rows = TableRows.open(store.folder(OfflineTables.events(source)), columns)) {
      while (rows.next()) {
        Values row = rows.row();
        Position position =
            new Position(source.topic(), (int) row.longAt(own + 1), row.longAt(own + 2));
        Served served = byId.get(position.toString());
        boolean takenBack = source.changes().isPresent() && row.booleanAt(own + 3);
        if (served != null && !takenBack) {
          Values values = new Values(own);
          for (int i = 0; i < own; i++) {
            values.copyFrom(i, row, i);
          }
          served.request =
              new Event(source.name(), row.longAt(source.timeIndex()), position, values);
        }
      }
    }
  }
}
