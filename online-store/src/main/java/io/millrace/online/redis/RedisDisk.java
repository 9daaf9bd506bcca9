package io.millrace.online.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * What Redis servers have on disk: an append-only file has each write until it is written anew, and
 * a snapshot what was there when it was made. Stateless.
 */
final class RedisDisk {
  private static final Duration STEP = Duration.ofMillis(50);
  private static final byte[] NO_KEY = new byte[0];

  private RedisDisk() {}

  /**
   * Writes both anew where they are kept.
   *
   * @return why deleted rows may still be there; empty if they are not
   * @throws JedisConnectionException if a server cannot be reached
   */
  static Optional<String> rewrite(RedisNodes nodes, Duration patience) throws InterruptedException {
    try {
      // What was begun before has what was deleted since.
      if (!await(nodes, RedisDisk::rests, patience)) {
        return Optional.of("the servers went on writing for " + patience);
      }
      List<Map<String, String>> before = persistence(nodes);
      if (before.stream().anyMatch(RedisDisk::logs)) {
        nodes.runEverywhere(RedisCall.of(NO_KEY, Command.BGREWRITEAOF, reply -> {}));
        if (!await(nodes, RedisDisk::hasWrittenLog, patience)) {
          return Optional.of("BGREWRITEAOF did not end well within " + patience);
        }
      }
      if (before.stream().anyMatch(RedisDisk::saves)) {
        nodes.runEverywhere(RedisCall.of(NO_KEY, Command.BGSAVE, reply -> {}));
        if (!await(nodes, RedisDisk::hasSaved, patience)) {
          return Optional.of("BGSAVE did not end well within " + patience);
        }
      }
      return Optional.empty();
    } catch (JedisDataException e) {
      return Optional.of("a server refused: " + e.getMessage());
    }
  }

  private static boolean logs(Map<String, String> server) {
    return !"0".equals(server.get("aof_enabled"));
  }

  private static boolean rests(Map<String, String> server) {
    return "0".equals(server.get("aof_rewrite_in_progress"))
        && "0".equals(server.get("aof_rewrite_scheduled"))
        && "0".equals(server.get("rdb_bgsave_in_progress"));
  }

  private static boolean hasWrittenLog(Map<String, String> server) {
    return rests(server) && (!logs(server) || "ok".equals(server.get("aof_last_bgrewrite_status")));
  }

  /** A server that tells of no count, as those before version 7, may have made one. */
  private static boolean saves(Map<String, String> server) {
    return !"0".equals(server.get("rdb_saves"));
  }

  private static boolean hasSaved(Map<String, String> server) {
    return rests(server) && "ok".equals(server.get("rdb_last_bgsave_status"));
  }

  private static boolean await(
      RedisNodes nodes, Predicate<Map<String, String>> done, Duration patience)
      throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!persistence(nodes).stream().allMatch(done)) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.sleep(STEP.toNanos());
    }
    return true;
  }

  /** What each server tells of it. */
  private static List<Map<String, String>> persistence(RedisNodes nodes) {
    List<Map<String, String>> all = new ArrayList<>();
    nodes.runEverywhere(
        RedisCall.of(
            NO_KEY,
            Command.INFO,
            reply -> {
              Map<String, String> fields = new HashMap<>();
              new String((byte[]) reply, StandardCharsets.UTF_8)
                  .lines()
                  .forEach(
                      line -> {
                        int colon = line.indexOf(':');
                        if (colon > 0) {
                          fields.put(line.substring(0, colon), line.substring(colon + 1));
                        }
                      });
              synchronized (all) {
                all.add(fields);
              }
            },
            "persistence".getBytes(StandardCharsets.US_ASCII)));
    return all;
  }
}
