package io.millrace.e2e;

import io.millrace.server.platform.ChildProcess;
import io.millrace.server.platform.FreePorts;
import io.millrace.server.platform.Jvm;
import io.millrace.server.platform.WorkFolder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * An S3 server that keeps a bucket's objects as files of a folder, so that every byte of it can be
 * searched, those of uploads that were never ended too. It wants signed requests.
 */
final class BucketServer implements AutoCloseable {
  private static final Path BUILT =
      Path.of("..", "flink-jobs", "target", "s3").toAbsolutePath().normalize();
  private static final String BUCKET = "lake";
  private static final String KEY = "a-key-of-tests";
  private static final String SECRET = "a/secret+of/tests";

  private final ChildProcess process;
  private final Path folder;

  private BucketServer(ChildProcess process, Path folder) {
    this.process = process;
    this.folder = folder;
  }

  /** Starts a server with an empty bucket. */
  static BucketServer start(WorkFolder work) throws IOException {
    Path folder = work.folder("s3");
    Files.createDirectories(folder.resolve("objects").resolve(BUCKET));
    String endpoint = "http://127.0.0.1:" + FreePorts.next();
    Files.writeString(
        folder.resolve("s3proxy.properties"),
        """
        s3proxy.endpoint=%s
        s3proxy.authorization=aws-v2-or-v4
        s3proxy.identity=%s
        s3proxy.credential=%s
        jclouds.provider=filesystem-nio2
        jclouds.identity=none
        jclouds.credential=none
        jclouds.filesystem.basedir=%s
        """
            .formatted(endpoint, KEY, SECRET, folder.resolve("objects")));
    Files.writeString(
        folder.resolve("config.yaml"),
        """
        s3.endpoint: %s
        s3.path.style.access: true
        s3.access-key: %s
        s3.secret-key: %s
        """
            .formatted(endpoint, KEY, SECRET));
    ChildProcess process =
        ChildProcess.start(
            work,
            "s3",
            List.of(
                Jvm.program(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                Jvm.requireBuilt(BUILT.resolve("server/s3proxy.jar")).toString(),
                "--properties",
                folder.resolve("s3proxy.properties").toString()),
            Map.of());
    process.awaitReady(() -> answers(endpoint), Duration.ofSeconds(60));
    return new BucketServer(process, folder);
  }

  /** The address of a folder in the bucket. */
  String uri(String name) {
    return "s3://" + BUCKET + "/" + name;
  }

  /** Where the objects of a folder in the bucket are. */
  Path objects(String name) {
    return folder.resolve("objects").resolve(BUCKET).resolve(name);
  }

  /** All that the server keeps. */
  Path everything() {
    return folder.resolve("objects");
  }

  /** What a process is told that shall find the server by Flink's own settings. */
  Map<String, String> environment() {
    return Map.of(
        "FLINK_CONF_DIR", folder.toString(),
        "FLINK_PLUGINS_DIR", BUILT.resolve("plugins").toString());
  }

  /** It refuses what is not signed. */
  private static boolean answers(String endpoint) {
    try {
      return HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(endpoint + "/")).build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 403;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
