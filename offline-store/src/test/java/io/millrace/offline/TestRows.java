package io.millrace.offline;

import io.millrace.feature.RowSchema;
import io.millrace.feature.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Rows for tests. */
public final class TestRows {
  private TestRows() {}

  /** Values of a schema, nulls among them where they may be. */
  public static Values random(RowSchema schema, Random random) {
    Values values = new Values(schema.size());
    for (int i = 0; i < schema.size(); i++) {
      if (schema.field(i).nullable() && random.nextInt(4) == 0) {
        continue;
      }
      switch (schema.field(i).type()) {
        case INT64 ->
            values.setLong(i, random.nextBoolean() ? random.nextLong() : random.nextInt(9));
        case TIMESTAMP -> values.setLong(i, random.nextLong(-99_999_999_999L, 4_102_444_800_000L));
        case FLOAT64 -> values.setDouble(i, real(random));
        case BOOL -> values.setBoolean(i, random.nextBoolean());
        case STRING -> values.setText(i, text(random));
        case INT64_LIST -> values.setList(i, list(random, random::nextLong));
        case FLOAT64_LIST -> values.setList(i, list(random, () -> real(random)));
        case STRING_LIST -> values.setList(i, list(random, () -> text(random)));
        case FLOAT64_MAP -> {
          Map<String, Double> map = new HashMap<>();
          list(random, () -> text(random)).forEach(key -> map.put(key, real(random)));
          values.setMap(i, map);
        }
      }
    }
    return values;
  }

  /** The values as boxed, for a comparison that reads well. */
  public static List<Object> boxed(RowSchema schema, Values row) {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < schema.size(); i++) {
      all.add(row.boxedAt(i, schema.field(i).type()));
    }
    return all;
  }

  /** A copy that stays when a reader fills its row anew. */
  public static Values copy(Values row) {
    Values copy = new Values(row.size());
    for (int i = 0; i < row.size(); i++) {
      copy.copyFrom(i, row, i);
    }
    return copy;
  }

  private static <T> List<T> list(Random random, Supplier<T> item) {
    return Stream.generate(item).limit(random.nextInt(5)).toList();
  }

  private static double real(Random random) {
    double value = random.nextInt(8) == 0 ? -0.0 : Double.longBitsToDouble(random.nextLong());
    // One NaN stands for all: Parquet writers keep its meaning, not its spare bits.
    return Double.isNaN(value) ? Double.NaN : value;
  }

  private static String text(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> "";
      case 1 -> "SFO";
      case 2 -> "æ北🛩|\\\"'\n\0" + random.nextInt(5);
      default -> Long.toHexString(random.nextLong());
    };
  }
}
