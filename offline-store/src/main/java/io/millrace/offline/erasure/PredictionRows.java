package io.millrace.offline.erasure;

import io.millrace.feature.EntityKey;
import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import io.millrace.feature.erasure.Subject;
import io.millrace.offline.parquet.ParquetRowReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Predictions and what follows from them: those of the subject's requests, and those whose request
 * key or vector has the subject's value.
 */
final class PredictionRows implements SubjectRows {
  private static final List<String> IDS = List.of("id", "prediction_id");
  private static final List<String> KNOWN = List.of("appended_at", "scored_at");

  private final Subject subject;
  private final Set<String> ids;
  private final Map<String, Integer> keyParts;
  private final ColumnRows.Cut cut;

  /**
   * @param ids of the subject's requests
   * @param keyParts of a service, which part of the request key is the subject's column
   */
  PredictionRows(
      Subject subject, Set<String> ids, Map<String, Integer> keyParts, ColumnRows.Cut cut) {
    this.subject = subject;
    this.ids = ids;
    this.keyParts = keyParts;
    this.cut = cut;
  }

  @Override
  public BitSet rowsOf(Path file) {
    BitSet rows = new BitSet();
    try (ParquetRowReader reader = ParquetRowReader.open(file)) {
      RowSchema schema = reader.fileSchema();
      List<String> selected = new ArrayList<>();
      int id = firstOf(IDS, schema, selected);
      int service = ColumnRows.select("service", schema, selected);
      int key = ColumnRows.select("request_key", schema, selected);
      int time = ColumnRows.select("request_time", schema, selected);
      int known = firstOf(KNOWN, schema, selected);
      int value = ColumnRows.select("vector." + subject.column(), schema, selected);
      reader.select(selected);
      while (reader.next()) {
        Values row = reader.row();
        boolean ofRequest = id >= 0 && !row.isNull(id) && ids.contains(row.textAt(id));
        if (ofRequest
            || (cut.reaches(ColumnRows.at(row, time), ColumnRows.at(row, known))
                && (names(row, service, key)
                    || value >= 0
                        && subject
                            .value()
                            .equals(
                                Subject.valueOf(
                                    row, value, reader.schema().field(value).type()))))) {
          rows.set((int) reader.rowNumber());
        }
      }
    }
    return rows;
  }

  private boolean names(Values row, int service, int key) {
    if (service < 0 || key < 0 || row.isNull(service) || row.isNull(key)) {
      return false;
    }
    Integer part = keyParts.get(row.textAt(service));
    if (part == null) {
      return false;
    }
    List<String> parts = new EntityKey(row.textAt(key)).parts();
    return part < parts.size() && parts.get(part).equals(subject.value());
  }

  private static int firstOf(List<String> names, RowSchema schema, List<String> selected) {
    for (String name : names) {
      int place = ColumnRows.select(name, schema, selected);
      if (place >= 0) {
        return place;
      }
    }
    return -1;
  }
}
