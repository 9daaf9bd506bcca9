package io.millrace.online.settings;

import java.util.List;

/** Every setting of the online store: key, type, default and one sentence. */
public final class OnlineOptions {
  static final OnlineOption STORE =
      new OnlineOption(
          "online.store",
          "rocksdb or redis",
          "rocksdb",
          "The online store: embedded in a folder of one machine, or a server.");
  static final OnlineOption PATH =
      new OnlineOption(
          "online.path", "folder", "-", "The folder of the store rocksdb, which needs one.");
  static final OnlineOption ROCKSDB_EXPIRE_AFTER_TTL =
      new OnlineOption(
          "online.rocksdb.expire-after-ttl",
          "ISO-8601 duration or never",
          "P7D",
          "How long after its view's ttl, by the times of events, the store rocksdb forgets a row; without a ttl never.");
  static final OnlineOption NODES =
      new OnlineOption(
          "online.redis.nodes",
          "host:port, ...",
          "-",
          "The server of the store redis, which needs one; of a cluster, some of its nodes; or the sentinels.");
  static final OnlineOption CLUSTER =
      new OnlineOption(
          "online.redis.cluster", "true or false", "false", "Whether the nodes are a cluster.");
  static final OnlineOption SENTINEL_MASTER =
      new OnlineOption(
          "online.redis.sentinel-master",
          "name",
          "-",
          "The master that sentinels watch; the nodes are the sentinels then.");
  static final OnlineOption SENTINEL_USER =
      new OnlineOption(
          "online.redis.sentinel-user",
          "name",
          "-",
          "The ACL user of the sentinels, which is not the server's; their default user else.");
  static final OnlineOption SENTINEL_PASSWORD_VARIABLE =
      new OnlineOption(
          "online.redis.sentinel-password-variable",
          "name",
          "MILLRACE_REDIS_SENTINEL_PASSWORD",
          "The environment variable that holds the sentinels' password, where it is set.");
  static final OnlineOption SENTINEL_PASSWORD_FILE =
      new OnlineOption(
          "online.redis.sentinel-password-file",
          "file",
          "-",
          "The file that holds the sentinels' password; it goes before the variable.");
  static final OnlineOption LAYOUT =
      new OnlineOption(
          "online.redis.layout",
          "packed or feast",
          "packed",
          "How rows lie in Redis: packed into one value, or as Feast's clients read them.");
  static final OnlineOption PREFIX =
      new OnlineOption(
          "online.redis.prefix", "text", "mr:", "What the keys of the layout packed begin with.");
  static final OnlineOption PROJECT =
      new OnlineOption(
          "online.redis.project",
          "name",
          "millrace",
          "The Feast project that keys of the layout feast belong to.");
  static final OnlineOption USER =
      new OnlineOption("online.redis.user", "name", "-", "The ACL user; Redis' default user else.");
  static final OnlineOption PASSWORD_VARIABLE =
      new OnlineOption(
          "online.redis.password-variable",
          "name",
          "MILLRACE_REDIS_PASSWORD",
          "The environment variable that holds the password, where it is set.");
  static final OnlineOption PASSWORD_FILE =
      new OnlineOption(
          "online.redis.password-file",
          "file",
          "-",
          "The file that holds the password; it goes before the variable.");
  static final OnlineOption TLS =
      new OnlineOption("online.redis.tls", "true or false", "false", "Whether to speak TLS.");
  static final OnlineOption TLS_AUTHORITIES =
      new OnlineOption(
          "online.redis.tls-authorities",
          "PEM file",
          "-",
          "Who may have signed the server's certificate; those that Java trusts else.");
  static final OnlineOption TLS_CERTIFICATE =
      new OnlineOption(
          "online.redis.tls-certificate",
          "PEM file",
          "-",
          "The certificate that is shown to a server that asks for one; with its key.");
  static final OnlineOption TLS_KEY =
      new OnlineOption(
          "online.redis.tls-key",
          "PEM file",
          "-",
          "The key of that certificate, PKCS#8 without a password.");
  static final OnlineOption CONNECT_TIMEOUT =
      new OnlineOption(
          "online.redis.connect-timeout",
          "ISO-8601 duration",
          "PT2S",
          "How long a connection may take to be made.");
  static final OnlineOption TIMEOUT =
      new OnlineOption(
          "online.redis.timeout",
          "ISO-8601 duration",
          "PT2S",
          "How long an answer, or a free connection, is waited for.");
  static final OnlineOption MAX_CONNECTIONS =
      new OnlineOption(
          "online.redis.max-connections",
          "number",
          "8",
          "Connections of one process to each node.");
  static final OnlineOption EXPIRE_AFTER_TTL =
      new OnlineOption(
          "online.redis.expire-after-ttl",
          "ISO-8601 duration or never",
          "P7D",
          "How long after its view's ttl, from its writing, Redis forgets a row; without a ttl never.");

  public static final List<OnlineOption> ALL =
      List.of(
          STORE,
          PATH,
          ROCKSDB_EXPIRE_AFTER_TTL,
          NODES,
          CLUSTER,
          SENTINEL_MASTER,
          SENTINEL_USER,
          SENTINEL_PASSWORD_VARIABLE,
          SENTINEL_PASSWORD_FILE,
          LAYOUT,
          PREFIX,
          PROJECT,
          USER,
          PASSWORD_VARIABLE,
          PASSWORD_FILE,
          TLS,
          TLS_AUTHORITIES,
          TLS_CERTIFICATE,
          TLS_KEY,
          CONNECT_TIMEOUT,
          TIMEOUT,
          MAX_CONNECTIONS,
          EXPIRE_AFTER_TTL);

  private OnlineOptions() {}
}
