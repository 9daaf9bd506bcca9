package io.millrace.benchmarks.online;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.online.OnlineView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Entities with some views of some features each, half of them counts and half means, as a feature
 * job would write them. The same seed gives the same rows.
 *
 * @param views of one entity
 * @param features of one view
 */
record OnlineWorkload(int views, int features, Optional<Duration> ttl) {
  private static final long SEED = 7;
  private static final long NOW = 1_790_000_000_000L;

  List<OnlineView> definitions() {
    List<OnlineView> all = new ArrayList<>();
    for (int v = 0; v < views; v++) {
      List<Field> fields = new ArrayList<>();
      for (int f = 0; f < features; f++) {
        fields.add(
            Field.nullable(
                (f % 2 == 0 ? "payments_" : "mean_amount_") + f + "h",
                f % 2 == 0 ? ValueType.INT64 : ValueType.FLOAT64));
      }
      all.add(
          new OnlineView(
              viewId(v),
              new RowSchema(viewId(v), fields),
              ttl,
              List.of(Field.required("card_id", ValueType.STRING))));
    }
    return all;
  }

  static String viewId(int view) {
    return "card_recent_" + (char) ('a' + view) + "_v1";
  }

  static EntityKey key(int entity) {
    return EntityKey.of(String.format("C%010d", entity));
  }

  /** The rows of some entities, view by view. */
  List<FeatureRow> rows(int from, int to) {
    List<FeatureRow> rows = new ArrayList<>((to - from) * views);
    for (int entity = from; entity < to; entity++) {
      Random random = new Random(SEED + entity);
      for (int v = 0; v < views; v++) {
        Values values = new Values(features);
        for (int f = 0; f < features; f++) {
          if (f % 2 == 0) {
            values.setLong(f, random.nextInt(1_000));
          } else {
            values.setDouble(f, random.nextInt(1_000_000) / 7.0);
          }
        }
        long asOfMs = NOW + random.nextInt(86_400_000);
        rows.add(
            new FeatureRow(viewId(v), key(entity), asOfMs, asOfMs - 1, entity * 10L + v, values));
      }
    }
    return rows;
  }

  @Override
  public String toString() {
    return views + " x " + features;
  }
}
