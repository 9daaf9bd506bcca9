package io.millrace.benchmarks.serve;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A redis-server of the benchmark's own: the installed one, else that of embedded-redis. */
final class RedisChild implements AutoCloseable {
  private final Process process;
  private final int port;

  private RedisChild(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static RedisChild start(Path folder) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Process process =
        new ProcessBuilder(
                program(folder),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.toString(),
                "--save",
                "")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("redis.log").toFile())
            .start();
    RedisChild child = new RedisChild(process, port);
    for (int tries = 0; tries < 500; tries++) {
      if (!process.isAlive()) {
        throw new IOException("redis-server ended; see " + folder.resolve("redis.log"));
      }
      try (Socket socket = new Socket("127.0.0.1", port)) {
        return child;
      } catch (IOException e) {
        LockSupport.parkNanos(20_000_000);
      }
    }
    child.close();
    throw new IOException("redis-server does not listen; see " + folder.resolve("redis.log"));
  }

  private static String program(Path folder) throws IOException {
    for (String place : System.getenv().getOrDefault("PATH", "").split(":")) {
      if (Files.isExecutable(Path.of(place, "redis-server"))) {
        return Path.of(place, "redis-server").toString();
      }
    }
    String cpu = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    String resource = "/redis-server-7.0.15-linux-" + cpu;
    try (InputStream in = RedisChild.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(
            "there is no redis-server, neither on the PATH nor " + resource + " on the class path");
      }
      Path program = folder.resolve("redis-server");
      Files.write(program, in.readAllBytes());
      program.toFile().setExecutable(true);
      return program.toString();
    }
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
