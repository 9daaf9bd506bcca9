package io.millrace.server.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** The few calls of Flink's REST API that the commands make. Thread-safe. */
public final class FlinkRest {
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final ObjectMapper json = new ObjectMapper();
  private final String url;

  FlinkRest(int port) {
    this.url = "http://127.0.0.1:" + port;
  }

  /** A job and where it stands, such as RUNNING. */
  public record Job(String id, String state) {}

  /** The only job of the cluster; empty while there is none, or no cluster yet. */
  public Optional<Job> job() {
    try {
      for (JsonNode job : get("/jobs").path("jobs")) {
        return Optional.of(new Job(job.path("id").asText(), job.path("status").asText()));
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Whether every task of the job runs. */
  public boolean allTasksRun(String jobId) {
    try {
      boolean some = false;
      for (JsonNode vertex : get("/jobs/" + jobId).path("vertices")) {
        some = true;
        if (!"RUNNING".equals(vertex.path("status").asText())) {
          return false;
        }
      }
      return some;
    } catch (IOException e) {
      return false;
    }
  }

  /** When the newest complete checkpoint was triggered, wall clock; 0 if there is none. */
  public long lastCheckpointTriggeredAtMs(String jobId) throws IOException {
    return get("/jobs/" + jobId + "/checkpoints")
        .path("latest")
        .path("completed")
        .path("trigger_timestamp")
        .asLong(0);
  }

  /** How often the job was restarted. */
  public String exceptions(String jobId) throws IOException {
    return get("/jobs/" + jobId + "/exceptions").path("root-exception").asText("");
  }

  /** Asks the job to stop with a savepoint: everything read so far is committed. */
  public void stop(String jobId) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "/jobs/" + jobId + "/stop"))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"drain\": false}"))
            .build();
    send(request);
  }

  private JsonNode get(String path) throws IOException {
    return send(
        HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(5)).build());
  }

  private JsonNode send(HttpRequest request) throws IOException {
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() >= 300) {
        throw new IOException(
            request.uri() + " answered " + response.statusCode() + ": " + response.body());
      }
      return json.readTree(response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while asking " + request.uri(), e);
    }
  }
}
