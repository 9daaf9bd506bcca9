package io.millrace.online.redis;

import java.util.List;
import javax.net.ssl.SSLParameters;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisProtocol;

/** What a {@link RedisConfig} means in Jedis' words. */
final class Connections {
  private Connections() {}

  static List<HostAndPort> nodes(RedisConfig config) {
    return config.nodes().stream().map(HostAndPort::from).toList();
  }

  static JedisClientConfig client(RedisConfig config) {
    DefaultJedisClientConfig.Builder builder = DefaultJedisClientConfig.builder();
    config.user().ifPresent(builder::user);
    config.password().ifPresent(builder::password);
    return client(config, builder);
  }

  private static JedisClientConfig client(
      RedisConfig config, DefaultJedisClientConfig.Builder builder) {
    builder
        .protocol(RedisProtocol.RESP2)
        .connectionTimeoutMillis(Math.toIntExact(config.connectTimeout().toMillis()))
        .socketTimeoutMillis(Math.toIntExact(config.timeout().toMillis()))
        .clientName("millrace");
    if (config.tls()) {
      SSLParameters parameters = new SSLParameters();
      // Without this line Java checks who signed a certificate, but not for whom.
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      builder.ssl(true).sslParameters(parameters);
      if (config.tlsAuthorities().isPresent() || config.clientCertificate().isPresent()) {
        builder.sslSocketFactory(Tls.sockets(config));
      }
    }
    return builder.build();
  }

  /** How sentinels are spoken to: as the server is, but they have users of their own. */
  static JedisClientConfig sentinelClient(RedisConfig config) {
    DefaultJedisClientConfig.Builder builder = DefaultJedisClientConfig.builder();
    config.sentinelUser().ifPresent(builder::user);
    config.sentinelPassword().ifPresent(builder::password);
    return client(config, builder);
  }

  static GenericObjectPoolConfig<Connection> pool(RedisConfig config) {
    GenericObjectPoolConfig<Connection> pool = new GenericObjectPoolConfig<>();
    pool.setMaxTotal(config.maxConnections());
    pool.setMaxIdle(config.maxConnections());
    pool.setMaxWait(config.timeout());
    pool.setJmxEnabled(false);
    return pool;
  }
}
