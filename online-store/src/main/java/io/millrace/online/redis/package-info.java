/**
 * The online store in Redis, a single server or a cluster. The only package that names Jedis.
 *
 * <p>{@code RedisOnlineStore} asks a {@code RedisLayout} for commands and hands them to {@code
 * RedisNodes}, which sends all of them before it awaits the first answer.
 */
package io.millrace.online.redis;
