package io.millrace.online.redis;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How Redis is reached and how rows lie in it. Immutable; never shows its password.
 *
 * <pre>
 * RedisConfig config = RedisConfig.at("127.0.0.1:6379").layout(Layout.FEAST).build();
 * </pre>
 */
public final class RedisConfig {
  /** How rows lie in Redis. */
  public enum Layout {
    /** One string for each view and key. */
    PACKED,
    /** What Feast's Redis store reads: one hash for each entity key. */
    FEAST
  }

  private final Builder is;

  private RedisConfig(Builder is) {
    this.is = is;
  }

  /**
   * @param nodes {@code host:port}; of a cluster, some of its nodes
   */
  public static Builder at(String... nodes) {
    return new Builder(List.of(nodes));
  }

  /** Where servers listen, {@code host:port}. */
  List<String> nodes() {
    return is.nodes;
  }

  boolean cluster() {
    return is.cluster;
  }

  Layout layout() {
    return is.layout;
  }

  /** What the keys of the layout packed begin with. */
  String prefix() {
    return is.prefix;
  }

  /** What the keys of the layout feast end with. */
  String project() {
    return is.project;
  }

  Optional<String> user() {
    return is.user;
  }

  Optional<String> password() {
    return is.password;
  }

  boolean tls() {
    return is.tls;
  }

  Optional<Path> tlsAuthorities() {
    return is.tlsAuthorities;
  }

  /** The certificate that is shown to the server; with {@link #clientKey}. */
  Optional<Path> clientCertificate() {
    return is.clientCertificate;
  }

  Optional<Path> clientKey() {
    return is.clientKey;
  }

  /** The master that the nodes, which are sentinels then, are asked for. */
  Optional<String> sentinelMaster() {
    return is.sentinelMaster;
  }

  Optional<String> sentinelUser() {
    return is.sentinelUser;
  }

  Optional<String> sentinelPassword() {
    return is.sentinelPassword;
  }

  Duration connectTimeout() {
    return is.connectTimeout;
  }

  Duration timeout() {
    return is.timeout;
  }

  int maxConnections() {
    return is.maxConnections;
  }

  /** After how many milliseconds Redis may forget a row of such a ttl; 0 for never. */
  long expiryMs(Optional<Duration> ttl) {
    if (ttl.isEmpty() || is.expireAfterTtl.isEmpty()) {
      return 0;
    }
    return Math.max(1, ttl.get().plus(is.expireAfterTtl.get()).toMillis());
  }

  @Override
  public String toString() {
    return String.join(",", is.nodes)
        + (is.cluster
            ? " (cluster)"
            : is.sentinelMaster.map(m -> " (sentinels of " + m + ")").orElse(""));
  }

  /** Says what differs from the defaults. Not thread-safe. */
  public static final class Builder {
    private final List<String> nodes;
    private boolean cluster;
    private Layout layout = Layout.PACKED;
    private String prefix = "mr:";
    private String project = "millrace";
    private Optional<String> user = Optional.empty();
    private Optional<String> password = Optional.empty();
    private boolean tls;
    private Optional<Path> tlsAuthorities = Optional.empty();
    private Optional<Path> clientCertificate = Optional.empty();
    private Optional<Path> clientKey = Optional.empty();
    private Optional<String> sentinelMaster = Optional.empty();
    private Optional<String> sentinelUser = Optional.empty();
    private Optional<String> sentinelPassword = Optional.empty();
    private Duration connectTimeout = Duration.ofSeconds(2);
    private Duration timeout = Duration.ofSeconds(2);
    private int maxConnections = 8;
    private Optional<Duration> expireAfterTtl = Optional.of(Duration.ofDays(7));

    private Builder(List<String> nodes) {
      this.nodes = nodes;
    }

    /** The nodes are of a cluster. */
    public Builder cluster() {
      this.cluster = true;
      return this;
    }

    public Builder layout(Layout chosen) {
      this.layout = chosen;
      return this;
    }

    /** What the keys of the layout packed begin with. */
    public Builder prefix(String chosen) {
      this.prefix = chosen;
      return this;
    }

    /** The Feast project that keys of the layout feast belong to. */
    public Builder project(String chosen) {
      this.project = chosen;
      return this;
    }

    /** The ACL user. */
    public Builder user(String chosen) {
      this.user = Optional.of(chosen);
      return this;
    }

    public Builder password(String chosen) {
      this.password = Optional.of(chosen);
      return this;
    }

    /** TLS, trusting the authorities that Java trusts. */
    public Builder tls() {
      this.tls = true;
      return this;
    }

    /** TLS, trusting the authorities of a PEM file alone. */
    public Builder tls(Path authorities) {
      this.tls = true;
      this.tlsAuthorities = Optional.of(authorities);
      return this;
    }

    /** TLS with a certificate of this client's own, and its key: PEM, PKCS#8 without a password. */
    public Builder clientCertificate(Path certificate, Path key) {
      this.tls = true;
      this.clientCertificate = Optional.of(certificate);
      this.clientKey = Optional.of(key);
      return this;
    }

    /** The nodes are sentinels, which know where the master of this name is. */
    public Builder sentinels(String master) {
      this.sentinelMaster = Optional.of(master);
      return this;
    }

    /** The ACL user of the sentinels; theirs are not those of the server. */
    public Builder sentinelUser(String chosen) {
      this.sentinelUser = Optional.of(chosen);
      return this;
    }

    public Builder sentinelPassword(String chosen) {
      this.sentinelPassword = Optional.of(chosen);
      return this;
    }

    /** How long a connection may take to be made. */
    public Builder connectTimeout(Duration limit) {
      this.connectTimeout = limit;
      return this;
    }

    /** How long an answer, or a free connection, is waited for. */
    public Builder timeout(Duration limit) {
      this.timeout = limit;
      return this;
    }

    /** Connections to each node. */
    public Builder maxConnections(int most) {
      this.maxConnections = most;
      return this;
    }

    /** How long after its ttl, from its writing, Redis keeps a row. */
    public Builder expireAfterTtl(Duration more) {
      this.expireAfterTtl = Optional.of(more);
      return this;
    }

    /** Redis keeps every row. */
    public Builder expireNever() {
      this.expireAfterTtl = Optional.empty();
      return this;
    }

    /**
     * @throws IllegalArgumentException naming what is out of its bounds
     */
    public RedisConfig build() {
      require(!nodes.isEmpty(), "Redis needs a node, host:port, but none is given");
      for (String node : nodes) {
        require(
            node.matches(".+:\\d{1,5}"), "a node of Redis is host:port, but one is '" + node + "'");
      }
      require(
          cluster || sentinelMaster.isPresent() || nodes.size() == 1,
          "one node of Redis is spoken to unless it is a cluster or there are sentinels, but "
              + nodes
              + " are given");
      require(
          !cluster || sentinelMaster.isEmpty(),
          "a cluster needs no sentinels; leave out the name of the master, "
              + sentinelMaster.orElse(""));
      require(
          maxConnections >= 1,
          "Redis needs a connection at least, but the most are to be " + maxConnections);
      require(
          connectTimeout.toMillis() >= 1 && timeout.toMillis() >= 1,
          "timeouts must be 1 ms or more, but they are " + connectTimeout + " and " + timeout);
      require(
          expireAfterTtl.isEmpty() || !expireAfterTtl.get().isNegative(),
          "Redis must not forget a row before its ttl, but expire-after-ttl is "
              + expireAfterTtl.orElse(null));
      return new RedisConfig(this);
    }

    private static void require(boolean right, String otherwise) {
      if (!right) {
        throw new IllegalArgumentException(otherwise);
      }
    }
  }
}
