package io.millrace.online.redis;

import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.providers.PooledConnectionProvider;

/** One server that holds every key. */
final class SingleNode implements RedisNodes {
  private final PooledConnectionProvider provider;

  SingleNode(RedisConfig config) {
    this.provider =
        new PooledConnectionProvider(
            Connections.nodes(config).get(0), Connections.client(config), Connections.pool(config));
  }

  @Override
  public int groupOf(byte[] key) {
    return 0;
  }

  @Override
  public void run(List<RedisCall> calls) {
    try (Connection connection = provider.getConnection()) {
      run(connection, calls);
    } catch (JedisConnectionException e) {
      // The others of the pool are likely as dead, if the server was restarted.
      provider.getPool().clear();
      throw e;
    }
  }

  /** Runs the calls in one round trip; in a second those whose script the server did not know. */
  static void run(Connection connection, List<RedisCall> calls) {
    List<RedisCall> unknown = new ArrayList<>();
    send(connection, calls);
    List<Object> replies = connection.getMany(calls.size());
    for (int i = 0; i < calls.size(); i++) {
      if (replies.get(i) instanceof JedisNoScriptException) {
        unknown.add(calls.get(i).inFull());
      } else {
        hand(calls.get(i), replies.get(i));
      }
    }
    if (!unknown.isEmpty()) {
      send(connection, unknown);
      replies = connection.getMany(unknown.size());
      for (int i = 0; i < unknown.size(); i++) {
        hand(unknown.get(i), replies.get(i));
      }
    }
  }

  @Override
  public void runEverywhere(RedisCall call) {
    run(List.of(call));
  }

  static void send(Connection connection, List<RedisCall> calls) {
    for (RedisCall call : calls) {
      connection.sendCommand(call.command(), call.sent());
    }
  }

  static void hand(RedisCall call, Object reply) {
    if (reply instanceof JedisDataException e) {
      throw e;
    }
    call.reply().accept(reply);
  }

  @Override
  public void close() {
    provider.close();
  }
}
