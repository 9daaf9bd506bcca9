package io.millrace.jobs.s3;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.DefaultPluginManager;
import org.apache.flink.core.plugin.DirectoryBasedPluginFinder;

/**
 * An S3 server in a process of its own, in memory, that wants signed requests; and what Flink has
 * to know of it. Ended by {@link #close}.
 */
public final class TestS3 implements AutoCloseable {
  public static final String BUCKET = "lake";

  private static final Path BUILT = Path.of("target", "s3").toAbsolutePath();
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int STEP_MS = 50;

  private final Process process;
  private final Path folder;
  private final Map<String, String> settings;

  private TestS3(Process process, Path folder, Map<String, String> settings) {
    this.process = process;
    this.folder = folder;
    this.settings = settings;
  }

  /** Starts a server with an empty bucket; its log and Flink's configuration lie in a folder. */
  public static TestS3 start(Path folder) throws Exception {
    Files.createDirectories(folder);
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    String endpoint = "http://127.0.0.1:" + port;
    Map<String, String> settings =
        new TreeMap<>(
            Map.of(
                "s3.endpoint", endpoint,
                "s3.path.style.access", "true",
                "s3.access-key", "a-key-of-tests",
                "s3.secret-key", "a/secret+of/tests"));
    Files.writeString(
        folder.resolve("s3proxy.properties"),
        """
        s3proxy.endpoint=%s
        s3proxy.authorization=aws-v2-or-v4
        s3proxy.identity=%s
        s3proxy.credential=%s
        jclouds.provider=transient-nio2
        jclouds.identity=none
        jclouds.credential=none
        """
            .formatted(endpoint, settings.get("s3.access-key"), settings.get("s3.secret-key")));
    StringBuilder yaml = new StringBuilder();
    settings.forEach((key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
    Files.writeString(folder.resolve("config.yaml"), yaml);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                BUILT.resolve("server/s3proxy.jar").toString(),
                "--properties",
                folder.resolve("s3proxy.properties").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    TestS3 server = new TestS3(process, folder, settings);
    try {
      server.awaitBucket();
      return server;
    } catch (Exception | AssertionError e) {
      server.close();
      throw e;
    }
  }

  /** What a process is told that shall find the server by Flink's own settings. */
  public Map<String, String> environment() {
    return Map.of(
        "FLINK_CONF_DIR", folder.toString(),
        "FLINK_PLUGINS_DIR", BUILT.resolve("plugins").toString());
  }

  /** Flink's configuration with the server. */
  public Configuration configuration() {
    return Configuration.fromMap(settings);
  }

  /** Lets Flink's file systems of this process reach the server, by the plugin. */
  public Configuration load() throws IOException {
    Configuration flink = configuration();
    FileSystem.initialize(
        flink,
        new DefaultPluginManager(
            new DirectoryBasedPluginFinder(BUILT.resolve("plugins")).findPlugins(),
            CoreOptions.getPluginParentFirstLoaderPatterns(flink)));
    return flink;
  }

  private void awaitBucket() throws Exception {
    S3Settings known = S3Settings.of(configuration(), Map.of()).orElseThrow();
    URI address = known.address(URI.create("s3://" + BUCKET));
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(address).PUT(HttpRequest.BodyPublishers.noBody());
      S3Signature.headers(known, "PUT", address, Map.of(), new byte[0], Instant.now())
          .forEach(request::header);
      try {
        HttpResponse<String> answer =
            HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
          throw new AssertionError(answer.statusCode() + " " + answer.body() + "\n" + log());
        }
        return;
      } catch (ConnectException e) {
        if (process.waitFor(STEP_MS, TimeUnit.MILLISECONDS) || System.nanoTime() > end) {
          throw new AssertionError("the S3 server did not start: " + log(), e);
        }
      }
    }
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("log"));
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
