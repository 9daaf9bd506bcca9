package io.millrace.benchmarks.online;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** A redis-server that keeps nothing on the disk: the bundled one, else the one on the path. */
final class RedisProcess implements AutoCloseable {
  private final Process process;
  private final int port;

  private RedisProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static RedisProcess start(String... settings) throws IOException {
    int port;
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                program(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no"));
    command.addAll(List.of(settings));
    Process process =
        new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    RedisProcess redis = new RedisProcess(process, port);
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!redis.answers()) {
      if (System.nanoTime() > deadline || !process.isAlive()) {
        throw new IOException("redis-server does not start: " + command);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    return redis;
  }

  private static String program() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String cpu = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    Path bundled =
        Path.of(System.getProperty("millrace.home", "."), "deploy/target/redis")
            .resolve(
                "redis-server-7.0.15-" + (os.contains("mac") ? "darwin" : "linux") + "-" + cpu);
    return Files.exists(bundled) && bundled.toFile().setExecutable(true)
        ? bundled.toString()
        : "redis-server";
  }

  private boolean answers() {
    try (Jedis client = client()) {
      return client.ping().equals("PONG");
    } catch (JedisException e) {
      return false;
    }
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  Jedis client() {
    return new Jedis("127.0.0.1", port, 60_000);
  }

  /** One line of INFO. */
  String info(String name) {
    try (Jedis client = client()) {
      return client
          .info()
          .lines()
          .filter(line -> line.startsWith(name + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
