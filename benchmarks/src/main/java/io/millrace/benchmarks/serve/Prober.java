package io.millrace.benchmarks.serve;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;

/** Asks the server for a card and waits for the answer. */
final class Prober implements AutoCloseable {
  private static final RequestHeaders HEADERS =
      RequestHeaders.of(
          HttpMethod.POST, "/get-online-features", "content-type", "application/json");

  private final ClientFactory factory = ClientFactory.builder().workerGroup(1).build();
  private final WebClient http;

  Prober(int port) {
    http =
        WebClient.builder("h2c://127.0.0.1:" + port)
            .factory(factory)
            .responseTimeoutMillis(30_000)
            .build();
  }

  /** Whether the server has a row of the card. */
  boolean isThere(String card) {
    AggregatedHttpResponse answer =
        http.execute(
                HEADERS,
                HttpData.ofUtf8(
                    "{\"features\":[\"card:f0\"],\"entities\":{\"card\":[\"" + card + "\"]}}"))
            .aggregate()
            .join();
    if (answer.status().code() != 200) {
      throw new IllegalStateException("an answer is none: " + answer.contentUtf8());
    }
    return !answer.contentUtf8().contains("NOT_FOUND");
  }

  @Override
  public void close() {
    factory.close();
  }
}
