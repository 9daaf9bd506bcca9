package io.millrace.offline.parity;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.offline.OfflineException;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.parquet.TableFiles;
import io.millrace.offline.parquet.TableRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Collectors;

/**
 * Draws predictions of a service from all of its models: those whose ids have the smallest hashes
 * under the seed, so that the same predictions are drawn however they lie in files.
 */
final class ServedSample {
  private static final String VECTOR = "vector.";
  private static final int TIME = 5;
  private static final List<Field> HEAD =
      List.of(
          Field.required("id", ValueType.STRING),
          Field.required("request_key", ValueType.STRING),
          Field.required("service", ValueType.STRING),
          Field.required("model", ValueType.STRING),
          Field.required("model_version", ValueType.INT64),
          Field.required("request_time", ValueType.TIMESTAMP),
          Field.required("appended_at", ValueType.TIMESTAMP),
          Field.required("scored_at", ValueType.TIMESTAMP));

  /** The columns of a prediction but for its vector and score. */
  record Head(
      String id,
      String requestKey,
      String model,
      int modelVersion,
      long requestTimeMs,
      long appendedAtMs,
      long scoredAtMs) {}

  private record Drawn(long hash, Served served) {}

  private final VectorPlan plan;
  private final int size;
  private final long seed;
  // The largest hash first: the next to be replaced.
  private final PriorityQueue<Drawn> drawn =
      new PriorityQueue<>(
          Comparator.comparingLong(Drawn::hash).thenComparing(one -> one.served().id).reversed());
  private long predictions;

  ServedSample(VectorPlan plan, int size, long seed) {
    this.plan = plan;
    this.size = size;
    this.seed = seed;
  }

  /** Draws from the predictions of a cut for requests of {@code (afterMs, untilMs]}. */
  ServedSample drawFrom(StoreCut cut, long afterMs, long untilMs) {
    for (TableFiles files : cut.predictions()) {
      for (Path file : (Iterable<Path>) files.holding(afterMs, untilMs)::iterator) {
        try (ParquetRowReader rows = TableRows.reader(file)) {
          draw(file, rows, afterMs, untilMs);
        }
      }
    }
    return this;
  }

  /** How many predictions of the service there are. */
  long predictions() {
    return predictions;
  }

  /** What was drawn, by request time and id. */
  List<Served> served() {
    List<Served> all = new ArrayList<>(drawn.stream().map(Drawn::served).toList());
    all.sort(
        Comparator.<Served>comparingLong(one -> one.requestTimeMs).thenComparing(one -> one.id));
    return all;
  }

  private void draw(Path file, ParquetRowReader rows, long afterMs, long untilMs) {
    boolean ours = hasVectorColumns(rows.fileSchema());
    String others = ours ? "" : columnsOf(rows.fileSchema());
    List<String> columns = new ArrayList<>();
    for (Field field : HEAD) {
      requireColumn(file, rows.fileSchema(), field);
      columns.add(field.name());
    }
    if (ours) {
      plan.vectorSchema().fields().forEach(field -> columns.add(VECTOR + field.name()));
    }
    rows.select(columns);
    String service = plan.service().name();
    while (rows.next()) {
      Values row = rows.row();
      long timeMs = row.longAt(TIME);
      boolean isAsked = timeMs > afterMs && timeMs <= untilMs;
      if (isAsked && row.textAt(2).equals(service)) {
        predictions++;
        long hash = hash(row.textAt(0), seed);
        if (drawn.size() < size || hash <= drawn.peek().hash()) {
          drawn.add(new Drawn(hash, served(row, ours ? null : others)));
          if (drawn.size() > size) {
            drawn.remove();
          }
        }
      }
    }
  }

  private Served served(Values row, String others) {
    Values vector = null;
    if (others == null) {
      vector = new Values(plan.vectorSchema().size());
      for (int i = 0; i < vector.size(); i++) {
        vector.copyFrom(i, row, HEAD.size() + i);
      }
    }
    Head head =
        new Head(
            row.textAt(0),
            row.textAt(1),
            row.textAt(3),
            (int) row.longAt(4),
            row.longAt(TIME),
            row.longAt(TIME + 1),
            row.longAt(TIME + 2));
    return new Served(head, vector, others == null ? "" : others, plan.lookups().size());
  }

  private static String columnsOf(RowSchema file) {
    return file.fields().stream()
        .filter(field -> field.name().startsWith(VECTOR))
        .map(field -> field.name().substring(VECTOR.length()) + " " + field.type())
        .collect(Collectors.joining(", "));
  }

  /** Whether the file's vectors have the names and types that the service has now. */
  private boolean hasVectorColumns(RowSchema file) {
    List<Field> expected =
        plan.vectorSchema().fields().stream()
            .map(field -> new Field(VECTOR + field.name(), field.type(), field.nullable()))
            .toList();
    return file.fields().stream()
        .filter(field -> field.name().startsWith(VECTOR))
        .toList()
        .equals(expected);
  }

  private static void requireColumn(Path file, RowSchema schema, Field column) {
    if (schema.indexOf(column.name()).isEmpty()) {
      throw new OfflineException(file + " holds no predictions: it has no column " + column.name());
    }
  }

  /** FNV-1a over the chars, then the finalizer of SplitMix64. */
  private static long hash(String text, long seed) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
    }
    hash += seed * 0x9E3779B97F4A7C15L;
    hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
    hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
    return (hash ^ (hash >>> 31)) >>> 1;
  }
}
