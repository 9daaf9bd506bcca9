package io.millrace.benchmarks.serve;

import io.millrace.server.serve.feast.proto.GetOnlineFeaturesRequest;
import io.millrace.server.serve.feast.proto.ValueProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Callers of the server who make their requests beforehand, so that the load costs little of its
 * own. An answer that is none, since it is too short, ends the benchmark.
 */
final class Callers implements AutoCloseable {
  private static final int PREPARED = 512;

  private final Http2Connection connection;
  private volatile String fault;

  Callers(int port) throws IOException {
    connection = new Http2Connection(port);
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
              headers(
                  "/feast.serving.ServingService/GetOnlineFeatures", "application/grpc+proto"),
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
      connection.send(
          requests[i % PREPARED],
          bytes -> {
            if (bytes < leastBytes) {
              fault = "an answer of " + bytes + " bytes is none; " + leastBytes + " at least are due";
            }
            done.run();
          });
    };
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
