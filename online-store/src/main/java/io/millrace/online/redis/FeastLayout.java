package io.millrace.online.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.feature.FeatureRow;
import io.millrace.feature.Field;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineView;
import io.millrace.online.OnlineViews;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import redis.clients.jedis.Protocol.Command;

/**
 * The layout {@code feast}: what Feast's own Redis store reads and writes, one hash for each entity
 * key of a project; all views of the key share it.
 *
 * <pre>
 * key                          {@link FeastKeys}
 * field  murmur3_32("view:feature"), 4 bytes, little-endian     value  {@link FeastValues}
 * field  "_ts:" view                                            value  Timestamp of the last event
 * field  "_mr:" view                                            value  asOfMs | sequence | Timestamp
 *                                                                      8, 8 bytes, big-endian
 * </pre>
 *
 * <p>The last field is ours; Feast passes over it. It orders rows as {@link
 * io.millrace.online.OnlineStore} promises. Where it is missing, or its Timestamp is not the one in
 * "_ts:", Feast wrote the row: its asOfMs is then that time and its sequence the lowest there is.
 * The view's name is its id, {@code tail_v1}.
 */
final class FeastLayout implements RedisLayout {
  private static final RedisScript PUT = RedisScript.named("put-feast.lua");
  private static final byte[] ONE = {'1'};
  private static final int TIME = 0;
  private static final int VERSION = 1;
  private static final int FIRST = 2;
  private static final int TIMESTAMP_AT = 16;

  /**
   * @param fields of the time, of the version, then of each feature
   */
  private record Place(FeastKeys keys, byte[][] fields, ValueType[] types, byte[] expiryMs) {}

  private final OnlineViews views;
  private final Map<String, Place> places = new HashMap<>();

  /**
   * @throws IllegalArgumentException if a view cannot be laid out so, or two features share a field
   */
  FeastLayout(OnlineViews views, RedisConfig config) {
    this.views = views;
    Map<Integer, String> taken = new HashMap<>();
    for (OnlineView view : views.all()) {
      byte[][] fields = new byte[FIRST + view.schema().size()][];
      fields[TIME] = ("_ts:" + view.id()).getBytes(UTF_8);
      fields[VERSION] = ("_mr:" + view.id()).getBytes(UTF_8);
      for (int i = 0; i < view.schema().size(); i++) {
        String feature = view.id() + ":" + view.schema().field(i).name();
        fields[FIRST + i] = fieldOf(feature);
        String other = taken.put(Murmur3.hash32(feature.getBytes(UTF_8)), feature);
        if (other != null) {
          throw new IllegalArgumentException(
              "in the layout feast "
                  + feature
                  + " and "
                  + other
                  + " share a field, since their hashes are the same; rename one of them");
        }
      }
      places.put(
          view.id(),
          new Place(
              new FeastKeys(view, config.project()),
              fields,
              view.schema().fields().stream().map(Field::type).toArray(ValueType[]::new),
              Long.toString(config.expiryMs(view.ttl())).getBytes(UTF_8)));
    }
  }

  /** The field of a feature, {@code view:feature}. */
  static byte[] fieldOf(String feature) {
    return ByteBuffer.allocate(4)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(Murmur3.hash32(feature.getBytes(UTF_8)))
        .array();
  }

  @Override
  public List<RedisCall> reads(
      List<OnlineKey> keys, ToIntFunction<byte[]> groups, FeatureRow[] rows) {
    // One HMGET for each hash: all views of an entity key are in it.
    Map<ByteBuffer, List<Integer>> byHash = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      OnlineKey key = keys.get(i);
      byte[] hash = places.get(key.view()).keys().of(key.key());
      byHash.computeIfAbsent(ByteBuffer.wrap(hash), h -> new ArrayList<>(2)).add(i);
    }
    List<RedisCall> calls = new ArrayList<>(byHash.size());
    byHash.forEach(
        (hash, positions) -> {
          List<byte[]> arguments = new ArrayList<>();
          arguments.add(hash.array());
          for (int position : positions) {
            arguments.addAll(Arrays.asList(places.get(keys.get(position).view()).fields()));
          }
          calls.add(
              RedisCall.of(
                  hash.array(),
                  Command.HMGET,
                  answer -> {
                    List<?> values = (List<?>) answer;
                    int from = 0;
                    for (int position : positions) {
                      OnlineKey key = keys.get(position);
                      int to = from + places.get(key.view()).fields().length;
                      rows[position] = row(key, values.subList(from, to));
                      from = to;
                    }
                  },
                  arguments.toArray(byte[][]::new)));
        });
    return calls;
  }

  private FeatureRow row(OnlineKey key, List<?> stored) {
    byte[] time = (byte[]) stored.get(TIME);
    if (time == null) {
      return null;
    }
    Place place = places.get(key.view());
    Values values = new Values(place.types().length);
    for (int i = 0; i < place.types().length; i++) {
      byte[] value = (byte[]) stored.get(FIRST + i);
      if (value != null) {
        try {
          FeastValues.decode(value, place.types()[i], values, i);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "the stored value of view "
                  + key.view()
                  + " and key "
                  + key.key()
                  + " cannot be read: "
                  + views.require(key.view()).schema().field(i).name()
                  + ": "
                  + e.getMessage(),
              e);
        }
      }
    }
    byte[] version = (byte[]) stored.get(VERSION);
    long lastEventMs = FeastValues.millis(time);
    if (version == null
        || version.length < TIMESTAMP_AT
        || !Arrays.equals(version, TIMESTAMP_AT, version.length, time, 0, time.length)) {
      return new FeatureRow(
          key.view(), key.key(), lastEventMs, lastEventMs, Long.MIN_VALUE, values);
    }
    ByteBuffer ours = ByteBuffer.wrap(version);
    return new FeatureRow(
        key.view(), key.key(), ours.getLong(), lastEventMs, ours.getLong(), values);
  }

  @Override
  public List<RedisCall> writes(
      List<FeatureRow> rows, ToIntFunction<byte[]> groups, StoredBefore storedBefore) {
    List<RedisCall> calls = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      int position = i;
      FeatureRow row = rows.get(i);
      Place place = places.get(row.view());
      byte[] hash = place.keys().of(row.key());
      List<byte[]> arguments = new ArrayList<>(7 + 2 * place.types().length);
      arguments.add(ONE);
      arguments.add(hash);
      arguments.add(place.fields()[TIME]);
      arguments.add(place.fields()[VERSION]);
      arguments.add(
          ByteBuffer.allocate(TIMESTAMP_AT).putLong(row.asOfMs()).putLong(row.sequence()).array());
      arguments.add(FeastValues.timestamp(row.lastEventMs()));
      arguments.add(place.expiryMs());
      for (int f = 0; f < place.types().length; f++) {
        arguments.add(place.fields()[FIRST + f]);
        arguments.add(FeastValues.encode(place.types()[f], row.values(), f));
      }
      calls.add(
          RedisCall.of(
              hash,
              PUT,
              answer -> PackedLayout.tell(storedBefore, position, (byte[]) answer),
              arguments.toArray(byte[][]::new)));
    }
    return calls;
  }

  @Override
  public List<RedisCall> removals(List<OnlineKey> keys, AtomicInteger removed) {
    List<RedisCall> calls = new ArrayList<>(keys.size());
    for (OnlineKey key : keys) {
      Place place = places.get(key.view());
      byte[] hash = place.keys().of(key.key());
      byte[][] arguments = new byte[1 + place.fields().length][];
      arguments[0] = hash;
      System.arraycopy(place.fields(), 0, arguments, 1, place.fields().length);
      calls.add(
          RedisCall.of(
              hash,
              Command.HDEL,
              answer -> removed.addAndGet((Long) answer > 0 ? 1 : 0),
              arguments));
    }
    return calls;
  }
}
