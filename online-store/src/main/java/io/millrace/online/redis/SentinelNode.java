package io.millrace.online.redis;

import java.util.List;
import java.util.Set;
import redis.clients.jedis.Connection;
import redis.clients.jedis.providers.SentineledConnectionProvider;

/**
 * One server that holds every key, and that sentinels replace by another when it dies. They are
 * asked where it is at the first call, and tell of each change; a call that the old one does not
 * answer, or refuses since it is a replica now, fails with an error that passes.
 */
final class SentinelNode implements RedisNodes {
  private final RedisConfig config;
  private SentineledConnectionProvider provider;
  private boolean closed;

  SentinelNode(RedisConfig config) {
    this.config = config;
  }

  @Override
  public int groupOf(byte[] key) {
    return 0;
  }

  @Override
  public void run(List<RedisCall> calls) {
    try (Connection connection = provider().getConnection()) {
      SingleNode.run(connection, calls);
    }
  }

  @Override
  public void runEverywhere(RedisCall call) {
    run(List.of(call));
  }

  /** Sentinels must answer for this, so that it is not done before the first call. */
  private synchronized SentineledConnectionProvider provider() {
    if (closed) {
      throw new IllegalStateException("the connections are closed");
    }
    if (provider == null) {
      provider =
          new SentineledConnectionProvider(
              config.sentinelMaster().orElseThrow(),
              Connections.client(config),
              Connections.pool(config),
              Set.copyOf(Connections.nodes(config)),
              Connections.sentinelClient(config));
    }
    return provider;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (provider != null) {
      provider.close();
    }
  }
}
