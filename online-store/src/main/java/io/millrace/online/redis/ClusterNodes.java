package io.millrace.online.redis;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisAskDataException;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.providers.ClusterConnectionProvider;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * A cluster, whose masters share the keys by their slots. A call that a node sends elsewhere, since
 * its slot has moved or is about to, is followed there. The slots are asked for at the first call
 * and again whenever they turn out to be others.
 */
final class ClusterNodes implements RedisNodes {
  private static final int MOST_REDIRECTS = 5;
  private static final byte[][] NOTHING = {};

  private final FirstUse<ClusterConnectionProvider> provider;

  ClusterNodes(RedisConfig config) {
    this.provider =
        new FirstUse<>(
            () ->
                new ClusterConnectionProvider(
                    Set.copyOf(Connections.nodes(config)),
                    Connections.client(config),
                    Connections.pool(config)));
  }

  /** A call and where it was told to go, if it was. */
  private record Sent(RedisCall call, HostAndPort asked) {}

  @Override
  public int groupOf(byte[] key) {
    return JedisClusterCRC16.getSlot(key);
  }

  @Override
  public void run(List<RedisCall> calls) {
    ClusterConnectionProvider nodes = provider.get();
    List<Sent> left = new ArrayList<>(calls.size());
    calls.forEach(call -> left.add(new Sent(call, null)));
    try {
      for (int round = 0; !left.isEmpty(); round++) {
        if (round > MOST_REDIRECTS) {
          throw new JedisClusterOperationException(
              left.size() + " commands were sent from node to node " + round + " times");
        }
        List<Sent> now = List.copyOf(left);
        left.clear();
        runOnce(nodes, now, left);
      }
    } catch (JedisConnectionException | JedisClusterOperationException e) {
      renew(nodes, e);
      throw e;
    }
  }

  /** Runs the calls of each node in one go; those that were sent elsewhere are added to left. */
  private void runOnce(ClusterConnectionProvider nodes, List<Sent> now, List<Sent> left) {
    Map<HostAndPort, List<Sent>> byNode = new LinkedHashMap<>();
    for (Sent sent : now) {
      byNode.computeIfAbsent(nodeOf(nodes, sent), node -> new ArrayList<>()).add(sent);
    }
    Map<HostAndPort, Connection> open = new LinkedHashMap<>();
    boolean moved = false;
    boolean done = false;
    try {
      byNode.forEach(
          (node, sents) -> {
            Connection connection = nodes.getConnection(node);
            open.put(node, connection);
            sents.forEach(sent -> send(connection, sent));
          });
      // Asked for no answer, Jedis only empties its buffer: every node has its work from here on.
      open.values().forEach(connection -> connection.getMany(0));
      for (Map.Entry<HostAndPort, List<Sent>> entry : byNode.entrySet()) {
        moved |= receive(open.get(entry.getKey()), entry.getValue(), left);
      }
      done = true;
    } finally {
      boolean unread = !done;
      open.values()
          .forEach(
              connection -> {
                if (unread) {
                  connection.setBroken();
                }
                connection.close();
              });
    }
    if (moved) {
      nodes.renewSlotCache();
    }
  }

  private static void send(Connection connection, Sent sent) {
    if (sent.asked() != null) {
      connection.sendCommand(Command.ASKING, NOTHING);
    }
    connection.sendCommand(sent.call().command(), sent.call().sent());
  }

  private static boolean receive(Connection connection, List<Sent> sents, List<Sent> left) {
    int expected = sents.size() + (int) sents.stream().filter(s -> s.asked() != null).count();
    List<Object> replies = connection.getMany(expected);
    boolean moved = false;
    int i = 0;
    for (Sent sent : sents) {
      i += sent.asked() == null ? 0 : 1;
      Object reply = replies.get(i++);
      if (reply instanceof JedisMovedDataException) {
        moved = true;
        left.add(new Sent(sent.call(), null));
      } else if (reply instanceof JedisAskDataException ask) {
        left.add(new Sent(sent.call(), ask.getTargetNode()));
      } else if (reply instanceof JedisNoScriptException) {
        left.add(new Sent(sent.call().inFull(), sent.asked()));
      } else {
        SingleNode.hand(sent.call(), reply);
      }
    }
    return moved;
  }

  private static HostAndPort nodeOf(ClusterConnectionProvider nodes, Sent sent) {
    if (sent.asked() != null) {
      return sent.asked();
    }
    int slot = JedisClusterCRC16.getSlot(sent.call().key());
    HostAndPort node = nodes.getNode(slot);
    if (node == null) {
      throw new JedisClusterOperationException("no node of the cluster serves slot " + slot);
    }
    return node;
  }

  @Override
  public void runEverywhere(RedisCall call) {
    for (ConnectionPool pool : provider.get().getPrimaryNodes().values()) {
      try (Connection connection = pool.getResource()) {
        connection.sendCommand(call.command(), call.sent());
        SingleNode.hand(call, connection.getOne());
      }
    }
  }

  private static void renew(ClusterConnectionProvider nodes, RuntimeException cause) {
    try {
      nodes.renewSlotCache();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    provider.close(ClusterConnectionProvider::close);
  }
}
