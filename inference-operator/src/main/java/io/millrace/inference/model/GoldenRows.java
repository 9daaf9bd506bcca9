package io.millrace.inference.model;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineTable;
import io.millrace.offline.OfflineTables;
import io.millrace.offline.parquet.ParquetRowReader;
import io.millrace.offline.parquet.ParquetRowWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Vectors with the scores that the trainer itself gave them: what a model must reproduce before it
 * is used. In a bundle's folder they are {@code golden.parquet}, with a column for each feature in
 * the contract's order and {@code expected_score} behind them.
 *
 * @param vectors in the order and types of the bundle's contract
 * @param expected the trainer's scores, one a vector
 */
@SuppressWarnings("ArrayRecordComponent") // Read in place; golden rows are never compared.
public record GoldenRows(List<Values> vectors, float[] expected) {
  /** The fewest rows of a bundle. */
  public static final int FEWEST = 1_000;

  static final String FILE = "golden.parquet";
  private static final Field EXPECTED = Field.required("expected_score", ValueType.FLOAT64);

  public GoldenRows {
    vectors = List.copyOf(vectors);
    if (vectors.size() != expected.length || vectors.size() < FEWEST) {
      throw new IllegalArgumentException(
          vectors.size()
              + " golden vectors and "
              + expected.length
              + " scores; give one score a vector, and at least "
              + FEWEST);
    }
  }

  void write(Path file, RowSchema vector) throws IOException {
    OfflineTable<Integer> table =
        OfflineTables.of("golden", "golden", columns(vector), row -> 0, this::row);
    try (ParquetRowWriter<Integer> writer = ParquetRowWriter.open(table, file)) {
      for (int row = 0; row < expected.length; row++) {
        writer.write(row);
      }
    }
  }

  private Values row(int number) {
    Values vector = vectors.get(number);
    Values row = new Values(vector.size() + 1);
    for (int i = 0; i < vector.size(); i++) {
      row.copyFrom(i, vector, i);
    }
    row.setDouble(vector.size(), expected[number]);
    return row;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws ModelRefusedException if there is no whole file, or if its columns are not those of the
   *     contract
   */
  static GoldenRows read(Path file, RowSchema vector) {
    try (ParquetRowReader reader = ParquetRowReader.open(file)) {
      requireColumns(file, columns(vector), reader.fileSchema());
      Values[] vectors = new Values[Math.toIntExact(reader.rows())];
      float[] expected = new float[vectors.length];
      for (int row = 0; reader.next(); row++) {
        vectors[row] = new Values(vector.size());
        for (int i = 0; i < vector.size(); i++) {
          vectors[row].copyFrom(i, reader.row(), i);
        }
        expected[row] = (float) reader.row().doubleAt(vector.size());
      }
      return new GoldenRows(Arrays.asList(vectors), expected);
    } catch (OfflineException e) {
      throw new ModelRefusedException(e.getMessage(), e);
    }
  }

  private static void requireColumns(Path file, RowSchema due, RowSchema found) {
    if (!described(due).equals(described(found))) {
      throw new ModelRefusedException(
          "%s has the columns %s, but the contract in bundle.json gives %s"
              .formatted(file.getFileName(), described(found), described(due)));
    }
  }

  private static List<String> described(RowSchema schema) {
    return schema.fields().stream().map(field -> field.name() + " " + field.type()).toList();
  }

  private static RowSchema columns(RowSchema vector) {
    return vector.plus(new RowSchema("golden", List.of(EXPECTED)));
  }
}
