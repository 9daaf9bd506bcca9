package io.millrace.online.redis;

import java.util.function.Consumer;
import redis.clients.jedis.Protocol.Command;

/**
 * One command on its way.
 *
 * @param key decides which node of a cluster it goes to
 * @param script what it runs, or null if it is a command of the server's own
 * @param arguments what follows the command's name; of a script, what follows its hash
 * @param reply takes the answer, as Jedis gives it: byte arrays, Longs, lists, null
 */
record RedisCall(
    byte[] key, Command command, RedisScript script, byte[][] arguments, Consumer<Object> reply) {
  static RedisCall of(byte[] key, Command command, Consumer<Object> reply, byte[]... arguments) {
    return new RedisCall(key, command, null, arguments, reply);
  }

  static RedisCall of(byte[] key, RedisScript script, Consumer<Object> reply, byte[][] arguments) {
    return new RedisCall(key, Command.EVALSHA, script, arguments, reply);
  }

  /** The arguments as they are sent: of a script, by its hash. */
  byte[][] sent() {
    return script == null ? arguments : script.with(script.hash(), arguments);
  }

  /** The same call with the script's whole text, for a server that does not know it. */
  RedisCall inFull() {
    return new RedisCall(key, Command.EVAL, null, script.with(script.text(), arguments), reply);
  }
}
