package io.millrace.server.serve;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.Values;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineValue;
import io.millrace.online.OnlineView;
import io.millrace.online.OnlineViews;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A store that has a row of every key, for {@link WarmUp}: what it answers went through the codec
 * of stored rows, and the store that stands behind it was asked for the same keys. Thread-safe.
 */
final class MadeUpStore implements OnlineStore {
  private final OnlineViews views;
  private final Consumer<List<OnlineKey>> behind;

  /**
   * @param behind asked for the same keys; what it throws for want of its store is passed over
   */
  MadeUpStore(Collection<OnlineView> views, Consumer<List<OnlineKey>> behind) {
    this.views = OnlineViews.of(views);
    this.behind = behind;
  }

  @Override
  public List<OnlineValue> get(List<OnlineKey> keys, long nowMs) {
    try {
      behind.accept(keys);
    } catch (OnlineStoreException | IllegalStateException | IllegalArgumentException e) {
      // Whoever asks the server later is told.
    }
    List<OnlineValue> values = new ArrayList<>(keys.size());
    for (OnlineKey key : keys) {
      values.add(views.value(key, views.encode(row(key, nowMs)), nowMs));
    }
    return values;
  }

  private FeatureRow row(OnlineKey key, long nowMs) {
    List<Field> fields = views.require(key.view()).schema().fields();
    Values values = new Values(fields.size());
    for (int i = 0; i < fields.size(); i++) {
      double number = (key.key().text().hashCode() % 1_000 + i) / 7.0;
      switch (fields.get(i).type()) {
        case INT64 -> values.setLong(i, (long) number);
        case FLOAT64 -> values.setDouble(i, number);
        case BOOL -> values.setBoolean(i, number > 0);
        case STRING -> values.setText(i, key.key().text());
        case TIMESTAMP -> values.setLong(i, nowMs);
        case INT64_LIST -> values.setList(i, List.of((long) number, 2L));
        case FLOAT64_LIST -> values.setList(i, List.of(number, 2.5));
        case STRING_LIST -> values.setList(i, List.of(key.key().text()));
        case FLOAT64_MAP -> values.setMap(i, Map.of(key.key().text(), number));
      }
    }
    return new FeatureRow(key.view(), key.key(), nowMs, nowMs, 1, values);
  }

  @Override
  public List<OnlineValue> get(List<OnlineKey> keys) {
    throw readOnly();
  }

  @Override
  public int put(List<FeatureRow> rows) {
    throw readOnly();
  }

  @Override
  public void delete(String view, EntityKey key) {
    throw readOnly();
  }

  @Override
  public int erase(Collection<String> viewIds, EntityKey key) {
    throw readOnly();
  }

  @Override
  public void flush() {
    throw readOnly();
  }

  private static UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException("rows that are made up can only be read");
  }

  @Override
  public void close() {}
}
