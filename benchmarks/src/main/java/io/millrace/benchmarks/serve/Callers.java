package io.millrace.benchmarks.serve;

import io.millrace.server.serve.feast.proto.GetOnlineFeaturesRequest;
import io.millrace.server.serve.feast.proto.ValueProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Callers of the server who make their requests beforehand, so that the load costs little of its
 * own. Answers that are none, since they are too short, end the benchmark, unless they are few.
 */
final class Callers implements AutoCloseable {
  private static final int PREPARED = 512;

  private static final int MOST_TURNED_AWAY = 100;

  private final int port;
  private volatile Http2Connection connection;
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger turnedAway = new AtomicInteger();
  private volatile String fault;

  Callers(int port) throws IOException {
    this.port = port;
    this.connection = new Http2Connection(port);
  }

  /** Another one if the server has ended it, since nobody asked for a while. */
  private Http2Connection connection() throws IOException {
    if (connection.isOver()) {
      connection.close();
      connection = new Http2Connection(port);
    }
    return connection;
  }

  OpenLoop.Target grpc(int rows) {
    byte[][] requests = new byte[PREPARED][];
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
      requests[i] =
          Http2Connection.request(
              headers("/feast.serving.ServingService/GetOnlineFeatures", "application/grpc+proto"),
              ByteBuffer.allocate(5 + message.length)
                  .put((byte) 0)
                  .putInt(message.length)
                  .put(message)
                  .array());
    }
    return target(requests, rows * Workload.FEATURES * 8);
  }

  OpenLoop.Target rest(int rows) {
    byte[][] requests = new byte[PREPARED][];
    for (int i = 0; i < PREPARED; i++) {
      StringBuilder body =
          new StringBuilder(
              "{\"feature_service\":\"" + Workload.SERVICE + "\",\"entities\":{\"card\":[");
      for (int row = 0; row < rows; row++) {
        body.append(row == 0 ? "\"" : ",\"").append(Workload.card(i * rows + row)).append('"');
      }
      requests[i] =
          Http2Connection.request(
              headers("/get-online-features", "application/json"),
              body.append("]}}").toString().getBytes(StandardCharsets.UTF_8));
    }
    return target(requests, rows * Workload.FEATURES * 8);
  }

  /** Asks whether the server lives: what a request costs that looks nothing up. */
  OpenLoop.Target nothing() {
    Map<String, String> headers = headers("/health/live", "application/json");
    headers.put(":method", "GET");
    return target(new byte[][] {Http2Connection.request(headers, new byte[0])}, 1);
  }

  private static Map<String, String> headers(String path, String contentType) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(":method", "POST");
    headers.put(":scheme", "http");
    headers.put(":path", path);
    headers.put(":authority", "127.0.0.1");
    headers.put("content-type", contentType);
    headers.put("te", "trailers");
    return headers;
  }

  private OpenLoop.Target target(byte[][] requests, int leastBytes) {
    return (i, done) -> {
      if (fault != null) {
        throw new IllegalStateException(fault);
      }
      sent.incrementAndGet();
      connection()
          .send(
              requests[i % requests.length],
              bytes -> {
                // A server that has more to do than it can turns requests away.
                if (bytes < leastBytes
                    && turnedAway.incrementAndGet() > MOST_TURNED_AWAY + sent.get() / 20) {
                  fault =
                      "an answer of "
                          + bytes
                          + " bytes is none; "
                          + leastBytes
                          + " at least are due";
                }
                done.run();
              });
    };
  }

  /** How many requests had no answer but that the server has too much to do. */
  int turnedAway() {
    return turnedAway.get();
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
