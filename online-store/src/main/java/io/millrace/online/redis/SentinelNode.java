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
  private final FirstUse<SentineledConnectionProvider> provider;

  SentinelNode(RedisConfig config) {
    this.provider =
        new FirstUse<>(
            () ->
                new SentineledConnectionProvider(
                    config.sentinelMaster().orElseThrow(),
                    Connections.client(config),
                    Connections.pool(config),
                    Set.copyOf(Connections.nodes(config)),
                    Connections.sentinelClient(config)));
  }

  @Override
  public int groupOf(byte[] key) {
    return 0;
  }

  @Override
  public void run(List<RedisCall> calls) {
    try (Connection connection = provider.get().getConnection()) {
      SingleNode.run(connection, calls);
    }
  }

  @Override
  public void runEverywhere(RedisCall call) {
    run(List.of(call));
  }

  @Override
  public void close() {
    provider.close(SentineledConnectionProvider::close);
  }
}
