package io.millrace.server.job;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One reading of the job's metrics, as any Prometheus would scrape them.
 *
 * @param read records taken from Kafka, heartbeats not counted
 * @param applied events that reached the state
 * @param late events behind the watermark by more than their source's lateness
 * @param dead records that could not be used
 * @param waiting messages that wait for the watermark
 * @param freshnessP50Ms append to Kafka to readable online, the newest ten thousand rows of the
 *     subtask that is furthest behind
 * @param freshnessP99Ms likewise
 */
public record JobMetrics(
    long read,
    long applied,
    long late,
    long dead,
    long waiting,
    double freshnessP50Ms,
    double freshnessP99Ms) {
  // name{labels} value, of the text format,
  // https://prometheus.io/docs/instrumenting/exposition_formats/
  private static final Pattern LINE =
      Pattern.compile("^flink_taskmanager_job_task_operator_(\\w+)\\{(.*)\\} (\\S+)$");

  /** Scrapes the reporter of a job in a process of its own. */
  public static JobMetrics scrape(HttpClient client, int port)
      throws IOException, InterruptedException {
    return parse(lines(client, port));
  }

  /** All that the reporter tells, in the text format. */
  public static List<String> lines(HttpClient client, int port)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                .timeout(Duration.ofSeconds(5))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return response.body().lines().toList();
  }

  static JobMetrics parse(List<String> lines) {
    Map<String, Double> sums = new HashMap<>();
    double p50 = Double.NaN;
    double p99 = Double.NaN;
    for (String line : lines) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        continue;
      }
      String name = matcher.group(1);
      double value = Double.parseDouble(matcher.group(3));
      if (name.equals("millrace_freshnessMs")) {
        if (matcher.group(2).contains("quantile=\"0.5\"")) {
          p50 = Double.isNaN(p50) ? value : Math.max(p50, value);
        } else if (matcher.group(2).contains("quantile=\"0.99\"")) {
          p99 = Double.isNaN(p99) ? value : Math.max(p99, value);
        }
      } else {
        sums.merge(name, value, Double::sum);
      }
    }
    return new JobMetrics(
        sums.getOrDefault("millrace_read", 0.0).longValue(),
        sums.getOrDefault("millrace_applied", 0.0).longValue(),
        sums.getOrDefault("millrace_late", 0.0).longValue(),
        sums.getOrDefault("millrace_dead", 0.0).longValue(),
        sums.getOrDefault("waiting", 0.0).longValue(),
        p50,
        p99);
  }

  /** Whether the books balance: {@code read = applied + late + dead}. */
  public boolean balanced() {
    return read == applied + late + dead;
  }
}
