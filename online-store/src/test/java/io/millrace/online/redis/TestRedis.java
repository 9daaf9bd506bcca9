package io.millrace.online.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;

/**
 * A real redis-server in a process of its own: the installed one, else the one that the library
 * embedded-redis carries. It can be killed and started again on the same port and folder.
 */
public final class TestRedis implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Path folder;
  private final int port;
  // Null of a sentinel, which has a file of them.
  private final List<String> settings;
  private Process process;

  private TestRedis(Path folder, int port, List<String> settings) {
    this.folder = folder;
    this.port = port;
    this.settings = settings;
  }

  /**
   * Starts a server on a free port of 127.0.0.1 and waits until it answers.
   *
   * @param folder what it saves lies there
   * @param settings as on its command line: {@code --appendonly yes}
   * @throws IllegalStateException if there is no redis-server or it does not start
   */
  public static TestRedis start(Path folder, String... settings) {
    TestRedis redis = new TestRedis(folder, freePort(), List.of(settings));
    redis.start();
    return redis;
  }

  /**
   * Starts a sentinel that watches a server and makes its replica the master when it is down.
   *
   * @param settings more lines of its file
   */
  static TestRedis startSentinel(Path folder, String name, TestRedis master, String... settings) {
    TestRedis sentinel = new TestRedis(folder, freePort(), null);
    try {
      Files.createDirectories(folder);
      List<String> lines =
          new ArrayList<>(
              List.of(
                  "port " + sentinel.port,
                  "bind 127.0.0.1",
                  "dir " + folder,
                  "sentinel monitor " + name + " 127.0.0.1 " + master.port + " 1",
                  "sentinel down-after-milliseconds " + name + " 500",
                  "sentinel failover-timeout " + name + " 3000"));
      lines.addAll(List.of(settings));
      Files.write(folder.resolve("sentinel.conf"), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sentinel.start();
    return sentinel;
  }

  /** Starts the server again after {@link #kill}. */
  public void start() {
    List<String> command = new ArrayList<>(List.of(Binary.path().toString()));
    if (settings == null) {
      command.addAll(List.of(folder.resolve("sentinel.conf").toString(), "--sentinel"));
    } else {
      command.addAll(
          List.of(
              "--port",
              Integer.toString(port),
              "--bind",
              "127.0.0.1",
              "--dir",
              folder.toString(),
              "--save",
              ""));
      command.addAll(settings);
    }
    try {
      Files.createDirectories(folder);
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(folder.resolve("redis.log").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + command, e);
    }
    await(() -> listens(), "redis-server at " + address() + " does not listen");
  }

  public String address() {
    return "127.0.0.1:" + port;
  }

  public int port() {
    return port;
  }

  /** A client for what the store itself does not do. */
  public Jedis client() {
    return new Jedis("127.0.0.1", port);
  }

  /** Ends the process at once, as kill -9 does. */
  public void kill() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    kill();
  }

  private boolean listens() {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          "redis-server ended with " + process.exitValue() + "; see " + folder + "/redis.log");
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Waits until it is so; fails with the words otherwise. */
  static void await(java.util.function.BooleanSupplier so, String otherwise) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!so.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(otherwise);
      }
      java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  /** A cluster node also listens 10,000 ports higher. */
  static int freePort() {
    for (int i = 0; i < 1_000; i++) {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        int port = socket.getLocalPort();
        if (port < 55_000) {
          try (ServerSocket bus =
              new ServerSocket(port + 10_000, 1, InetAddress.getLoopbackAddress())) {
            return bus.getLocalPort() - 10_000;
          }
        }
      } catch (IOException e) {
        // Taken; the next one.
      }
    }
    throw new IllegalStateException("no free port on 127.0.0.1");
  }

  /** Finds the server's program once. */
  private static final class Binary {
    private static final Path PATH = find();

    static Path path() {
      return PATH;
    }

    private static Path find() {
      for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
        Path program = Path.of(folder, "redis-server");
        if (Files.isExecutable(program)) {
          return program;
        }
      }
      String os =
          System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac")
              ? "darwin"
              : "linux";
      String cpu = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
      String resource = "/redis-server-7.0.15-" + os + "-" + cpu;
      try (InputStream in = TestRedis.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new IllegalStateException(
              "there is no redis-server: neither on the PATH nor "
                  + resource
                  + " on the class path");
        }
        Path program = Files.createTempFile("redis-server", "");
        program.toFile().deleteOnExit();
        Files.write(program, in.readAllBytes());
        program.toFile().setExecutable(true);
        return program;
      } catch (IOException e) {
        throw new UncheckedIOException("cannot unpack " + resource, e);
      }
    }
  }

  /** The server's log, for messages. */
  String log() {
    try {
      return Files.readString(folder.resolve("redis.log"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(no log: " + e + ")";
    }
  }
}
