package io.millrace.online.settings;

import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineView;
import io.millrace.online.redis.RedisConfig;
import io.millrace.online.redis.RedisOnlineStore;
import io.millrace.online.rocksdb.RocksDbOnlineStore;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which online store to use, by the keys of {@link OnlineOptions}. Checked when made, so that a job
 * can carry it to where the store is opened; passwords are read there. Immutable and thread-safe.
 *
 * <pre>
 * OnlineSettings settings =
 *     OnlineSettings.of(Map.of("online.store", "redis", "online.redis.nodes", "127.0.0.1:6379"));
 * try (OnlineStore store = settings.open(views, clock)) { ... }
 * </pre>
 */
public final class OnlineSettings implements Serializable {
  private static final long serialVersionUID = 1;
  private static final String NEVER = "never";
  private static final List<OnlineOption> DURATIONS =
      List.of(OnlineOptions.CONNECT_TIMEOUT, OnlineOptions.TIMEOUT);

  private final TreeMap<String, String> given;

  private OnlineSettings(TreeMap<String, String> given) {
    this.given = given;
  }

  /**
   * Reads what is given for the keys of {@link OnlineOptions}; other keys that do not begin with
   * {@code online.} are passed over.
   *
   * @throws IllegalArgumentException naming every setting that is unknown, missing or cannot be
   *     read, each on a line of its own
   */
  public static OnlineSettings of(Map<String, String> given) {
    List<String> mistakes = mistakes(given);
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", mistakes));
    }
    return new OnlineSettings(new TreeMap<>(given));
  }

  /** What is wrong with what is given; empty if nothing is. */
  public static List<String> mistakes(Map<String, String> given) {
    OnlineSettings settings = new OnlineSettings(new TreeMap<>(given));
    List<String> mistakes = new ArrayList<>();
    for (String key : given.keySet()) {
      if (key.startsWith("online.")
          && OnlineOptions.ALL.stream().noneMatch(option -> option.key().equals(key))) {
        mistakes.add(key + " is unknown; there are " + keys());
      }
    }
    String store = settings.text(OnlineOptions.STORE);
    if (store.equals("rocksdb")) {
      if (!settings.has(OnlineOptions.PATH)) {
        mistakes.add("online.path is missing: " + OnlineOptions.PATH.sentence());
      }
      settings.requireExpiry(OnlineOptions.ROCKSDB_EXPIRE_AFTER_TTL, mistakes);
    } else if (!store.equals("redis")) {
      mistakes.add("online.store is rocksdb or redis, but it is " + store);
    } else {
      settings.redisMistakes(mistakes);
    }
    return mistakes;
  }

  private static List<String> keys() {
    return OnlineOptions.ALL.stream().map(OnlineOption::key).toList();
  }

  private void redisMistakes(List<String> mistakes) {
    int before = mistakes.size();
    if (!has(OnlineOptions.NODES)) {
      mistakes.add("online.redis.nodes is missing: " + OnlineOptions.NODES.sentence());
    }
    for (OnlineOption option : List.of(OnlineOptions.CLUSTER, OnlineOptions.TLS)) {
      if (!List.of("true", "false").contains(text(option))) {
        mistakes.add(option.key() + " is true or false, but it is " + text(option));
      }
    }
    if (has(OnlineOptions.TLS_CERTIFICATE) != has(OnlineOptions.TLS_KEY)) {
      mistakes.add(
          "online.redis.tls-certificate and online.redis.tls-key belong together; give both");
    }
    for (OnlineOption option :
        List.of(OnlineOptions.SENTINEL_USER, OnlineOptions.SENTINEL_PASSWORD_FILE)) {
      if (has(option) && !has(OnlineOptions.SENTINEL_MASTER)) {
        mistakes.add(
            option.key() + " is for sentinels; name their master, online.redis.sentinel-master");
      }
    }
    for (OnlineOption option : DURATIONS) {
      requireDuration(option, mistakes);
    }
    requireExpiry(OnlineOptions.EXPIRE_AFTER_TTL, mistakes);
    if (!text(OnlineOptions.MAX_CONNECTIONS).matches("\\d{1,6}")) {
      mistakes.add(
          "online.redis.max-connections is a whole number, but it is "
              + text(OnlineOptions.MAX_CONNECTIONS));
    }
    if (Arrays.stream(RedisConfig.Layout.values())
        .noneMatch(
            layout -> layout.name().toLowerCase(Locale.ROOT).equals(text(OnlineOptions.LAYOUT)))) {
      mistakes.add(
          "online.redis.layout is packed or feast, but it is " + text(OnlineOptions.LAYOUT));
    }
    if (mistakes.size() == before) {
      try {
        redis().build();
      } catch (IllegalArgumentException e) {
        mistakes.add(e.getMessage());
      }
    }
  }

  private void requireExpiry(OnlineOption option, List<String> mistakes) {
    int before = mistakes.size();
    if (!text(option).equals(NEVER)) {
      requireDuration(option, mistakes);
      if (mistakes.size() == before && Duration.parse(text(option)).isNegative()) {
        mistakes.add(
            option.key()
                + " must not be negative, for a row is kept for its ttl at least, but it is "
                + text(option));
      }
    }
  }

  private void requireDuration(OnlineOption option, List<String> mistakes) {
    try {
      Duration.parse(text(option));
    } catch (DateTimeParseException e) {
      mistakes.add(option.key() + " is a duration such as PT5S or P7D, but it is " + text(option));
    }
  }

  /** Whether writers in many processes may share the store; else it has one. */
  public boolean isShared() {
    return text(OnlineOptions.STORE).equals("redis");
  }

  /**
   * Opens the store for reading and writing.
   *
   * @throws OnlineStoreException if it cannot be opened; see the implementations
   */
  public OnlineStore open(Collection<OnlineView> views, InstantSource clock) {
    if (isShared()) {
      return RedisOnlineStore.open(redisWithPassword(), views, clock);
    }
    String expiry = text(OnlineOptions.ROCKSDB_EXPIRE_AFTER_TTL);
    return expiry.equals(NEVER)
        ? RocksDbOnlineStore.open(path(), views, clock)
        : RocksDbOnlineStore.open(path(), views, clock, Duration.parse(expiry));
  }

  /**
   * Opens the store for reading beside its writers.
   *
   * @param followEvery how old, at most, what is read may be in a store of files; a server always
   *     answers with the newest
   * @throws OnlineStoreException if it cannot be opened; see the implementations
   */
  public OnlineStore openReader(
      Collection<OnlineView> views, InstantSource clock, Duration followEvery) {
    return isShared()
        ? RedisOnlineStore.open(redisWithPassword(), views, clock)
        : RocksDbOnlineStore.openReader(path(), views, clock, followEvery);
  }

  private Path path() {
    return Path.of(text(OnlineOptions.PATH)).toAbsolutePath();
  }

  private RedisConfig redisWithPassword() {
    RedisConfig.Builder config = redis();
    password(OnlineOptions.PASSWORD_FILE, OnlineOptions.PASSWORD_VARIABLE)
        .ifPresent(config::password);
    if (has(OnlineOptions.SENTINEL_MASTER)) {
      password(OnlineOptions.SENTINEL_PASSWORD_FILE, OnlineOptions.SENTINEL_PASSWORD_VARIABLE)
          .ifPresent(config::sentinelPassword);
    }
    return config.build();
  }

  private Optional<String> password(OnlineOption fileOption, OnlineOption variable) {
    if (!has(fileOption)) {
      return Optional.ofNullable(System.getenv(text(variable)));
    }
    Path file = Path.of(text(fileOption));
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) {
      throw new OnlineStoreException(fileOption.key() + " " + file + " cannot be read: " + e, e);
    }
  }

  private RedisConfig.Builder redis() {
    RedisConfig.Builder config =
        RedisConfig.at(text(OnlineOptions.NODES).strip().split("\\s*,\\s*"))
            .layout(RedisConfig.Layout.valueOf(text(OnlineOptions.LAYOUT).toUpperCase(Locale.ROOT)))
            .prefix(text(OnlineOptions.PREFIX))
            .project(text(OnlineOptions.PROJECT))
            .connectTimeout(Duration.parse(text(OnlineOptions.CONNECT_TIMEOUT)))
            .timeout(Duration.parse(text(OnlineOptions.TIMEOUT)))
            .maxConnections(Integer.parseInt(text(OnlineOptions.MAX_CONNECTIONS)));
    if (Boolean.parseBoolean(text(OnlineOptions.CLUSTER))) {
      config.cluster();
    }
    if (has(OnlineOptions.USER)) {
      config.user(text(OnlineOptions.USER));
    }
    if (has(OnlineOptions.TLS_AUTHORITIES)) {
      config.tls(Path.of(text(OnlineOptions.TLS_AUTHORITIES)));
    } else if (Boolean.parseBoolean(text(OnlineOptions.TLS))) {
      config.tls();
    }
    if (has(OnlineOptions.TLS_CERTIFICATE)) {
      config.clientCertificate(
          Path.of(text(OnlineOptions.TLS_CERTIFICATE)), Path.of(text(OnlineOptions.TLS_KEY)));
    }
    if (has(OnlineOptions.SENTINEL_MASTER)) {
      config.sentinels(text(OnlineOptions.SENTINEL_MASTER));
      if (has(OnlineOptions.SENTINEL_USER)) {
        config.sentinelUser(text(OnlineOptions.SENTINEL_USER));
      }
    }
    String expiry = text(OnlineOptions.EXPIRE_AFTER_TTL);
    return expiry.equals(NEVER)
        ? config.expireNever()
        : config.expireAfterTtl(Duration.parse(expiry));
  }

  private boolean has(OnlineOption option) {
    return given.containsKey(option.key());
  }

  private String text(OnlineOption option) {
    return given.getOrDefault(option.key(), option.otherwise());
  }

  /** The settings that were given; none of them is a secret. */
  @Override
  public String toString() {
    TreeMap<String, String> online = new TreeMap<>(given);
    online.keySet().removeIf(key -> !key.startsWith("online."));
    return online.toString();
  }
}
