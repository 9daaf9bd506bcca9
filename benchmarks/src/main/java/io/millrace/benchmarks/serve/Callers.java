package io.millrace.benchmarks.serve;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesRequest;
import io.millrace.server.serve.feast.proto.ValueProto;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Callers of the server who make their requests beforehand, so that the load costs little of its
 * own. An answer that is none ends the benchmark.
 */
final class Callers implements AutoCloseable {
  private static final int PREPARED = 512;

  private final ClientFactory factory = ClientFactory.builder().workerGroup(1).build();
  private final WebClient http;
  private volatile String fault;

  Callers(int port) {
    http =
        WebClient.builder("h2c://127.0.0.1:" + port)
            .factory(factory)
            .responseTimeoutMillis(30_000)
            .build();
  }

  OpenLoop.Target grpc(int rows) {
    HttpData[] bodies = new HttpData[PREPARED];
    for (int i = 0; i < PREPARED; i++) {
      ValueProto.RepeatedValue.Builder cards = ValueProto.RepeatedValue.newBuilder();
      for (int row = 0; row < rows; row++) {
        cards.addVal(ValueProto.Value.newBuilder().setStringVal(Workload.card(i * rows + row)));
      }
      byte[] message =
          GetOnlineFeaturesRequest.newBuilder()
              .setFeatureService(Workload.SERVICE)
              .putEntities("card", cards.build())
              .build()
              .toByteArray();
      bodies[i] =
          HttpData.wrap(
              ByteBuffer.allocate(5 + message.length)
                  .put((byte) 0)
                  .putInt(message.length)
                  .put(message)
                  .array());
    }
    RequestHeaders headers =
        RequestHeaders.of(
            HttpMethod.POST,
            "/feast.serving.ServingService/GetOnlineFeatures",
            "content-type",
            "application/grpc+proto",
            "te",
            "trailers");
    return target(headers, bodies, rows * Workload.FEATURES * 8);
  }

  OpenLoop.Target rest(int rows) {
    HttpData[] bodies = new HttpData[PREPARED];
    for (int i = 0; i < PREPARED; i++) {
      StringBuilder body =
          new StringBuilder(
              "{\"feature_service\":\"" + Workload.SERVICE + "\",\"entities\":{\"card\":[");
      for (int row = 0; row < rows; row++) {
        body.append(row == 0 ? "\"" : ",\"").append(Workload.card(i * rows + row)).append('"');
      }
      bodies[i] = HttpData.wrap(body.append("]}}").toString().getBytes(StandardCharsets.UTF_8));
    }
    return target(
        RequestHeaders.of(
            HttpMethod.POST, "/get-online-features", "content-type", "application/json"),
        bodies,
        rows * Workload.FEATURES * 8);
  }

  /** Whether the server has a row of the card; asks once and waits for the answer. */
  boolean isThere(String card) {
    AggregatedHttpResponse answer =
        http.execute(
                RequestHeaders.of(
                    HttpMethod.POST, "/get-online-features", "content-type", "application/json"),
                HttpData.ofUtf8(
                    "{\"features\":[\"card:f0\"],\"entities\":{\"card\":[\"" + card + "\"]}}"))
            .aggregate()
            .join();
    if (answer.status().code() != 200) {
      throw new IllegalStateException("an answer is none: " + answer.contentUtf8());
    }
    return !answer.contentUtf8().contains("NOT_FOUND");
  }

  private OpenLoop.Target target(RequestHeaders headers, HttpData[] bodies, int leastBytes) {
    return (i, done) -> {
      if (fault != null) {
        throw new IllegalStateException(fault);
      }
      http.execute(headers, bodies[i % PREPARED])
          .aggregate()
          .handle(
              (answer, failure) -> {
                if (failure != null) {
                  fault = "a request failed: " + failure;
                } else if (answer.status().code() != 200
                    || answer.content().length() < leastBytes) {
                  fault = "an answer is none: " + answer.headers() + answer.contentUtf8();
                }
                done.run();
                return null;
              });
    };
  }

  @Override
  public void close() {
    factory.close();
  }
}
