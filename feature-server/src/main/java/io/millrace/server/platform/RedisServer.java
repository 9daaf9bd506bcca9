package io.millrace.server.platform;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A Redis server in a child process on 127.0.0.1. Every write is on the disk before it is answered;
 * what it stores lies in the work folder's {@code redis}, and is there again after a restart.
 *
 * <pre>{@code
 * try (RedisServer redis = RedisServer.start(work, home)) {
 *   arguments.add(redis.address());
 * }
 * }</pre>
 */
public final class RedisServer implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final int ASK_MS = 1_000;

  private final ChildProcess process;
  private final String address;

  private RedisServer(ChildProcess process, String address) {
    this.process = process;
    this.address = address;
  }

  /**
   * Whether there is a server for this machine's system in {@code deploy/target/redis}.
   *
   * @param home the root of the built repository
   */
  public static boolean isThere(Path home) {
    return Files.exists(program(home));
  }

  /**
   * Starts a server on a free port and waits until it answers.
   *
   * @param home the root of the built repository, whose {@code deploy/target/redis} holds the
   *     server
   * @throws PlatformException when it is not built for this system or does not start
   */
  public static RedisServer start(WorkFolder work, Path home) {
    Path program = Jvm.requireBuilt(program(home));
    if (!Files.isExecutable(program) && !program.toFile().setExecutable(true)) {
      throw new PlatformException(
          program + " cannot be made executable. Give this user the right to.");
    }
    int port = FreePorts.next();
    List<String> command =
        List.of(
            program.toString(),
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            work.folder("redis").toString(),
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--maxmemory-policy",
            "noeviction",
            // Its command line is what a leftover of a killed run is known by.
            "--set-proc-title",
            "no");
    ChildProcess process = ChildProcess.start(work, "redis", command, Map.of());
    try {
      process.awaitReady(() -> answers(port), START_LIMIT);
      return new RedisServer(process, "127.0.0.1:" + port);
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /** Where clients connect, {@code 127.0.0.1:PORT}. */
  public String address() {
    return address;
  }

  /** The process it runs in. */
  public ChildProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }

  private static Path program(Path home) {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String cpu = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return home.toAbsolutePath()
        .resolve("deploy/target/redis")
        .resolve(
            "redis-server-7.0.15-"
                + (os.contains("mac") ? "darwin" : os)
                + "-"
                + (cpu.equals("aarch64") ? "arm64" : cpu.equals("x86_64") ? "amd64" : cpu));
  }

  /** It listens before it has read its file, and then says LOADING instead of PONG. */
  private static boolean answers(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), ASK_MS);
      socket.setSoTimeout(ASK_MS);
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = socket.getInputStream().readNBytes(5);
      return new String(answer, StandardCharsets.US_ASCII).equals("+PONG");
    } catch (IOException e) {
      return false;
    }
  }
}
