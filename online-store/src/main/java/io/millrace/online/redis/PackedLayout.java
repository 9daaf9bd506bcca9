package io.millrace.online.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineView;
import io.millrace.online.OnlineViews;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import redis.clients.jedis.Protocol.Command;

/**
 * The layout {@code packed}, format 1: one string for each view and key.
 *
 * <pre>
 * key      prefix | view id, UTF-8 | ':' | key text, UTF-8        mr:tail_v1:N12345
 *
 * value    0         1             5         13            21         29
 *          +---------+-------------+---------+-------------+----------+------------------------+
 *          | 1       | fingerprint | asOfMs  | lastEventMs | sequence | presence, values       |
 *          +---------+-------------+---------+-------------+----------+------------------------+
 *          the packed row of {@link io.millrace.schema.FeatureRowCodec}, big-endian
 * </pre>
 *
 * <p>A row is newer than another by (asOfMs, sequence), signed; the script {@code put-packed.lua}
 * reads these bytes where they are drawn. The key text may hold anything, also ':' and braces; of a
 * cluster, braces that are in it choose its slot. Illegal: a view id with ':', a value whose first
 * byte is not 1 or that has fewer than 29 bytes, a key of another type; the script refuses them.
 */
final class PackedLayout implements RedisLayout {
  private static final RedisScript PUT = RedisScript.named("put-packed.lua");
  private static final int MOST_KEYS = 128;
  private static final byte[] NEVER = {'0'};
  private static final int VERSION_BYTES = 16;

  private final OnlineViews views;
  private final Map<String, byte[]> heads = new HashMap<>();
  private final Map<String, byte[]> expiries = new HashMap<>();

  /**
   * @throws IllegalArgumentException if a view's id holds a ':'
   */
  PackedLayout(OnlineViews views, RedisConfig config) {
    this.views = views;
    for (OnlineView view : views.all()) {
      if (view.id().indexOf(':') >= 0) {
        throw new IllegalArgumentException(
            "Redis' keys are view:key, so a view's id must not hold a ':', but it is " + view.id());
      }
      heads.put(view.id(), (config.prefix() + view.id() + ":").getBytes(UTF_8));
      long expiryMs = config.expiryMs(view.ttl());
      expiries.put(view.id(), expiryMs == 0 ? NEVER : Long.toString(expiryMs).getBytes(UTF_8));
    }
  }

  byte[] keyOf(String view, EntityKey key) {
    byte[] head = heads.get(view);
    byte[] text = key.text().getBytes(UTF_8);
    byte[] bytes = new byte[head.length + text.length];
    System.arraycopy(head, 0, bytes, 0, head.length);
    System.arraycopy(text, 0, bytes, head.length, text.length);
    return bytes;
  }

  @Override
  public List<RedisCall> reads(
      List<OnlineKey> keys, ToIntFunction<byte[]> groups, FeatureRow[] rows) {
    List<byte[]> redisKeys = new ArrayList<>(keys.size());
    keys.forEach(key -> redisKeys.add(keyOf(key.view(), key.key())));
    List<RedisCall> calls = new ArrayList<>();
    for (List<Integer> group : groupsOf(redisKeys, groups)) {
      byte[][] names = new byte[group.size()][];
      for (int i = 0; i < names.length; i++) {
        names[i] = redisKeys.get(group.get(i));
      }
      Consumer<Object> reply =
          answer -> {
            List<?> values = (List<?>) answer;
            for (int i = 0; i < values.size(); i++) {
              int at = group.get(i);
              byte[] stored = (byte[]) values.get(i);
              rows[at] = stored == null ? null : views.decode(keys.get(at), stored);
            }
          };
      calls.add(RedisCall.of(names[0], Command.MGET, reply, names));
    }
    return calls;
  }

  @Override
  public List<RedisCall> writes(
      List<FeatureRow> rows, ToIntFunction<byte[]> groups, StoredBefore storedBefore) {
    List<byte[]> redisKeys = new ArrayList<>(rows.size());
    rows.forEach(row -> redisKeys.add(keyOf(row.view(), row.key())));
    List<RedisCall> calls = new ArrayList<>();
    for (List<Integer> group : groupsOf(redisKeys, groups)) {
      int count = group.size();
      byte[][] arguments = new byte[1 + 3 * count][];
      arguments[0] = Integer.toString(count).getBytes(UTF_8);
      for (int i = 0; i < count; i++) {
        FeatureRow row = rows.get(group.get(i));
        arguments[1 + i] = redisKeys.get(group.get(i));
        arguments[1 + count + 2 * i] = views.encode(row);
        arguments[2 + count + 2 * i] = expiries.get(row.view());
      }
      calls.add(
          RedisCall.of(
              arguments[1],
              PUT,
              answer -> {
                List<?> versions = (List<?>) answer;
                for (int i = 0; i < count; i++) {
                  tell(storedBefore, group.get(i), (byte[]) versions.get(i));
                }
              },
              arguments));
    }
    return calls;
  }

  /** Reads the 16 bytes in which the scripts answer; none stands for nothing stored. */
  static void tell(StoredBefore storedBefore, int row, byte[] version) {
    if (version.length == VERSION_BYTES) {
      ByteBuffer buffer = ByteBuffer.wrap(version);
      storedBefore.version(row, buffer.getLong(), buffer.getLong());
    }
  }

  @Override
  public List<RedisCall> removals(List<OnlineKey> keys, AtomicInteger removed) {
    List<RedisCall> calls = new ArrayList<>(keys.size());
    for (OnlineKey key : keys) {
      byte[] redisKey = keyOf(key.view(), key.key());
      calls.add(
          RedisCall.of(
              redisKey,
              Command.DEL,
              answer -> removed.addAndGet(((Long) answer).intValue()),
              redisKey));
    }
    return calls;
  }

  /** The positions of keys that may be named together, at most {@value #MOST_KEYS} at a time. */
  private static List<List<Integer>> groupsOf(List<byte[]> keys, ToIntFunction<byte[]> groups) {
    Map<Integer, List<Integer>> open = new LinkedHashMap<>();
    List<List<Integer>> all = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      List<Integer> group =
          open.computeIfAbsent(groups.applyAsInt(keys.get(i)), number -> new ArrayList<>());
      if (group.isEmpty()) {
        all.add(group);
      }
      group.add(i);
      if (group.size() == MOST_KEYS) {
        open.remove(groups.applyAsInt(keys.get(i)));
      }
    }
    return all;
  }
}
