package io.millrace.server.demo;

import io.millrace.server.job.FlinkRest;
import io.millrace.server.job.JobMetrics;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Waits until a job has taken in all that was sent: every record read, nothing waiting, and a
 * checkpoint made since, with which the last Parquet files appear.
 */
final class Settling {
  private final InstantSource clock;
  private final HttpClient client;
  private final FlinkRest rest;
  private final int metricsPort;

  Settling(InstantSource clock, HttpClient client, FlinkRest rest, int metricsPort) {
    this.clock = clock;
    this.client = client;
    this.rest = rest;
    this.metricsPort = metricsPort;
  }

  /** Whether the job has read that many records. */
  boolean hasRead(long sent) throws IOException, InterruptedException {
    return JobMetrics.scrape(client, metricsPort).read() >= sent;
  }

  /**
   * Waits for a checkpoint that was triggered from now on.
   *
   * @throws IOException if none completes in time, saying so
   */
  void awaitCheckpoint(String jobId, Duration atMost) throws IOException, InterruptedException {
    Instant from = clock.instant();
    while (rest.lastCheckpointTriggeredAtMs(jobId) < from.toEpochMilli()) {
      if (Duration.between(from, clock.instant()).compareTo(atMost) > 0) {
        throw new IOException(
            "no checkpoint completed within "
                + atMost
                + "; the job's log says why: "
                + rest.exceptions(jobId));
      }
      java.util.concurrent.TimeUnit.MILLISECONDS.sleep(200);
    }
  }
}
