package io.millrace.online;

import io.millrace.feature.FeatureRow;
import io.millrace.schema.FeatureRowCodec;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The views a store was opened with, and what every implementation must do the same way: rows to
 * bytes and back, which of two rows is newer, and what a stored row is worth at an instant.
 * Immutable and thread-safe.
 */
public final class OnlineViews {
  private record Entry(OnlineView view, FeatureRowCodec codec) {}

  private final Map<String, Entry> entries = new TreeMap<>();

  private OnlineViews() {}

  /**
   * @throws IllegalArgumentException if two views share an id
   */
  public static OnlineViews of(Collection<OnlineView> views) {
    OnlineViews all = new OnlineViews();
    for (OnlineView view : views) {
      Entry entry = new Entry(view, new FeatureRowCodec(view.schema()));
      if (all.entries.put(view.id(), entry) != null) {
        throw new IllegalArgumentException("two views have the id " + view.id());
      }
    }
    return all;
  }

  /**
   * @throws IllegalArgumentException naming the views there are, if there is none of that id
   */
  public OnlineView require(String id) {
    return entry(id).view();
  }

  /** All of them, ordered by id. */
  public List<OnlineView> all() {
    return entries.values().stream().map(Entry::view).toList();
  }

  /** The bytes that are stored for a row. */
  public byte[] encode(FeatureRow row) {
    return entry(row.view()).codec().encode(row);
  }

  /** Whether a row's bytes replace those stored before, which are null if there are none. */
  public static boolean isNewer(byte[] row, byte[] stored) {
    if (stored == null) {
      return true;
    }
    int byAsOf = Long.compare(FeatureRowCodec.asOfMs(row), FeatureRowCodec.asOfMs(stored));
    return byAsOf > 0
        || (byAsOf == 0 && FeatureRowCodec.sequence(row) > FeatureRowCodec.sequence(stored));
  }

  /**
   * What the stored bytes of a key are worth.
   *
   * @param stored null if the key is not there
   * @param nowMs the instant of asking
   */
  public OnlineValue value(OnlineKey key, byte[] stored, long nowMs) {
    return value(key, stored == null ? Optional.empty() : Optional.of(decode(key, stored)), nowMs);
  }

  /** The row that the stored bytes are of. */
  public FeatureRow decode(OnlineKey key, byte[] stored) {
    return entry(key.view()).codec().decode(key.view(), key.key(), stored);
  }

  /**
   * What a stored row is worth.
   *
   * @param stored empty if the key is not there
   * @param nowMs the instant of asking
   */
  public OnlineValue value(OnlineKey key, Optional<FeatureRow> stored, long nowMs) {
    Entry entry = entry(key.view());
    if (stored.isEmpty()) {
      return new OnlineValue(key, ValueStatus.NOT_FOUND, Optional.empty(), 0);
    }
    FeatureRow row = stored.get();
    long ageMs = nowMs - row.lastEventMs();
    Optional<Duration> ttl = entry.view().ttl();
    boolean old = ttl.isPresent() && ageMs > ttl.get().toMillis();
    return new OnlineValue(
        key, old ? ValueStatus.OUTSIDE_MAX_AGE : ValueStatus.PRESENT, stored, ageMs);
  }

  /** The same for rows that are not bytes yet; the stored one is null if there is none. */
  public static boolean isNewer(FeatureRow row, FeatureRow stored) {
    return stored == null || isNewer(row, stored.asOfMs(), stored.sequence());
  }

  /** The same where only the age of the stored row is known. */
  public static boolean isNewer(FeatureRow row, long storedAsOfMs, long storedSequence) {
    int byAsOf = Long.compare(row.asOfMs(), storedAsOfMs);
    return byAsOf > 0 || (byAsOf == 0 && row.sequence() > storedSequence);
  }

  private Entry entry(String id) {
    Entry entry = entries.get(id);
    if (entry == null) {
      throw new IllegalArgumentException(
          "the store was not opened with a view " + id + "; it was with " + entries.keySet());
    }
    return entry;
  }
}
