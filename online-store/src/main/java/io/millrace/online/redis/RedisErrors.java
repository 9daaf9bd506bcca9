package io.millrace.online.redis;

import io.millrace.online.OnlineStoreException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;
import redis.clients.jedis.exceptions.JedisClusterException;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The one list of what may go wrong with Redis: what passes by itself, so that waiting and trying
 * again is right, and what somebody has to mend.
 */
final class RedisErrors {
  /**
   * @param start how the server's message begins
   */
  private record Known(String start, boolean passes, String meaning) {}

  private static final List<Known> KNOWN =
      List.of(
          new Known("LOADING", true, "it is reading its data from the disk"),
          new Known("CLUSTERDOWN", true, "a part of the cluster is not served"),
          new Known("TRYAGAIN", true, "a slot is being moved"),
          new Known("MASTERDOWN", true, "the replica has lost its master"),
          new Known("READONLY", true, "it is a replica, and a failover is likely going on"),
          new Known("NOREPLICAS", true, "too few replicas follow it"),
          new Known("BUSY", true, "a script holds it up"),
          new Known("OOM", true, "its memory is full; raise maxmemory or add nodes"),
          new Known("MISCONF", true, "it cannot save to its disk; see its log"),
          new Known("ERR max number of clients", true, "it has too many clients; raise maxclients"),
          new Known("NOAUTH", false, "it wants a password; set online.redis.password-file"),
          new Known("WRONGPASS", false, "user or password is wrong; see online.redis.user"),
          new Known("NOPERM", false, "the user's ACL does not allow this; see the README's line"),
          new Known(
              "NOTAROW", false, "a key of ours holds what is no row; delete it or set prefix"),
          new Known(
              "WRONGTYPE", false, "a key of ours is of another type; delete it or set prefix"),
          new Known("MOVED", false, "it is one node of a cluster; set online.redis.cluster"),
          new Known("CROSSSLOT", false, "it is one node of a cluster; set online.redis.cluster"));

  private RedisErrors() {}

  /**
   * The error in words that name the server and the fix, {@link OnlineStoreException#isPassing} or
   * not.
   *
   * @param server what messages call it
   */
  static OnlineStoreException explained(String server, JedisException error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof JedisDataException data) {
        return ofServer(server, data, error);
      }
      if (cause instanceof SSLException && !isTlsBrokenOff(cause)) {
        return new OnlineStoreException(
            "Redis at "
                + server
                + " cannot be spoken to over TLS ("
                + cause.getMessage()
                + "); see online.redis.tls and online.redis.tls-authorities",
            error);
      }
    }
    boolean passes =
        error instanceof JedisConnectionException
            || error instanceof JedisClusterOperationException
            || error instanceof JedisClusterException
            || error.getMessage() == null
            || error.getMessage().contains("pool");
    String message = "Redis at " + server + " does not answer: " + rootOf(error);
    return passes
        ? OnlineStoreException.passing(message, error)
        : new OnlineStoreException(message, error);
  }

  /** Whether an open connection ended, so that a new one may serve; not that time ran out. */
  static boolean isBrokenOff(JedisException error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException || cause instanceof JedisDataException) {
        return false;
      }
    }
    return error instanceof JedisConnectionException;
  }

  private static OnlineStoreException ofServer(
      String server, JedisDataException data, JedisException error) {
    String said = String.valueOf(data.getMessage());
    for (Known known : KNOWN) {
      if (said.startsWith(known.start())) {
        String message = "Redis at " + server + " refuses: " + known.meaning() + " (" + said + ")";
        return known.passes()
            ? OnlineStoreException.passing(message, error)
            : new OnlineStoreException(message, error);
      }
    }
    return new OnlineStoreException("Redis at " + server + " refuses: " + said, error);
  }

  /** A TLS connection that ends in the middle is as passing as any other. */
  private static boolean isTlsBrokenOff(Throwable tls) {
    String message = String.valueOf(tls.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("closed")
        || message.contains("reset")
        || message.contains("terminated")
        || message.contains("broken pipe");
  }

  private static String rootOf(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
