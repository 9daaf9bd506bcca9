package io.millrace.online.redis;

import java.util.List;

/** One server or the nodes of a cluster. Thread-safe. */
interface RedisNodes extends AutoCloseable {
  /** Keys of one group may be named by one command. */
  int groupOf(byte[] key);

  /**
   * Sends all calls before it awaits the first answer, so that they take one round trip; then hands
   * each its answer. On a failure any of them may have been carried out.
   *
   * @throws RuntimeException of Jedis; {@link RedisErrors} tells what it means
   */
  void run(List<RedisCall> calls);

  /** Runs a call on every node that holds data. */
  void runEverywhere(RedisCall call);

  @Override
  void close();
}
