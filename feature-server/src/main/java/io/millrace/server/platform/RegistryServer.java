package io.millrace.server.platform;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A schema registry that speaks Confluent's REST protocol, in a child process on 127.0.0.1. It
 * forgets its schemas when it ends. New versions of a schema must be readable by the readers of the
 * old ones (BACKWARD).
 */
public final class RegistryServer implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(120);
  private static final Duration ASK = Duration.ofSeconds(10);
  private static final String JAR = "apicurio-registry-app-*-runner.jar";

  private final ChildProcess process;
  private final String url;

  private RegistryServer(ChildProcess process, String url) {
    this.process = process;
    this.url = url;
  }

  /**
   * Starts a registry on a free port and waits until it answers.
   *
   * @param home the root of the built repository, whose {@code deploy/target/registry} holds the
   *     server
   * @throws PlatformException when it is not built or does not start
   */
  public static RegistryServer start(WorkFolder work, Path home) {
    Path jar = jar(Jvm.requireBuilt(home.toAbsolutePath().resolve("deploy/target/registry")));
    int port = FreePorts.next();
    List<String> command =
        List.of(
            Jvm.program(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + work.folder("tmp"),
            "-Dquarkus.http.host=127.0.0.1",
            "-Dquarkus.http.port=" + port,
            // Schemas outlive the process: records in Kafka name them by their ids. Without a
            // delay,
            // for else a kill loses the last ones.
            "-Dquarkus.datasource.jdbc.url=jdbc:h2:file:"
                + work.folder("registry").resolve("schemas")
                + ";AUTO_SERVER=FALSE;WRITE_DELAY=0",
            "-jar",
            jar.toString());
    ChildProcess process = ChildProcess.start(work, "registry", command, Map.of());
    try {
      String url = "http://127.0.0.1:" + port + "/apis/ccompat/v7";
      HttpClient http = HttpClient.newHttpClient();
      process.awaitReady(() -> FreePorts.isListenedOn(port) && answers(http, url), START_LIMIT);
      requireBackward(http, url);
      return new RegistryServer(process, url);
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /** The address that registry clients are given, with its path. */
  public String url() {
    return url;
  }

  /** The process it runs in. */
  public ChildProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }

  private static Path jar(Path folder) {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, JAR)) {
      for (Path jar : jars) {
        return jar;
      }
    } catch (IOException e) {
      throw new PlatformException("Cannot read " + folder + ": " + e.getMessage(), e);
    }
    return Jvm.requireBuilt(folder.resolve(JAR));
  }

  private static boolean answers(HttpClient http, String url) {
    try {
      return ask(http, HttpRequest.newBuilder(URI.create(url + "/subjects")).GET()).statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private static void requireBackward(HttpClient http, String url) {
    try {
      HttpResponse<String> response =
          ask(
              http,
              HttpRequest.newBuilder(URI.create(url + "/config"))
                  .header("Content-Type", "application/json")
                  .PUT(HttpRequest.BodyPublishers.ofString("{\"compatibility\":\"BACKWARD\"}")));
      if (response.statusCode() != 200) {
        throw new PlatformException(
            "The registry refuses to check compatibility: HTTP "
                + response.statusCode()
                + " "
                + response.body());
      }
    } catch (IOException e) {
      throw new PlatformException("The registry does not answer at " + url + ": " + e, e);
    }
  }

  private static HttpResponse<String> ask(HttpClient http, HttpRequest.Builder request)
      throws IOException {
    try {
      return http.send(request.timeout(ASK).build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
