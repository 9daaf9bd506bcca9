package io.millrace.server.serve;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import io.millrace.feature.Field;
import io.millrace.feature.ValueType;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesRequest;
import io.millrace.server.serve.feast.proto.ValueProto;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Lets the JVM compile what answers requests before the first one comes, lest the first thousands
 * are slow: every service is asked for over REST and gRPC, by a client in this process and of a
 * server of its own, which no one else finds and which nothing counts. The features are made up,
 * but the online store is asked for them.
 */
public final class WarmUp {
  private static final int AT_ONCE = 8;
  private static final int[] ROWS = {1, 1, 1, 20};
  private static final RequestHeaders REST =
      RequestHeaders.of(
          HttpMethod.POST, "/get-online-features", "content-type", "application/json");
  private static final RequestHeaders GRPC =
      RequestHeaders.of(
          HttpMethod.POST,
          "/feast.serving.ServingService/GetOnlineFeatures",
          "content-type",
          "application/grpc+proto",
          "te",
          "trailers");

  private record Request(RequestHeaders headers, HttpData body) {}

  private WarmUp() {}

  /**
   * Asks for so long.
   *
   * @param clock tells the ages of what is made up
   * @return how many requests were answered
   */
  public static int run(FeatureServing serving, InstantSource clock, Duration time) {
    long end = System.nanoTime() + time.toNanos();
    List<Request> requests = requests(serving);
    if (requests.isEmpty()) {
      return 0;
    }
    int answered = 0;
    try (FeatureServing madeUp =
            FeatureServing.of(
                serving.definitions(),
                views -> new MadeUpStore(views, serving::touch),
                clock,
                ServingConfig.DEFAULT);
        ServeServer server = ServeServer.start(ServeOptions.at("127.0.0.1", 0), madeUp, List.of());
        ClientFactory factory = ClientFactory.builder().workerGroup(1).build()) {
      WebClient client =
          WebClient.builder("h2c://127.0.0.1:" + server.port()).factory(factory).build();
      for (int next = 0; System.nanoTime() < end; ) {
        List<CompletableFuture<AggregatedHttpResponse>> sent = new ArrayList<>(AT_ONCE);
        for (int i = 0; i < AT_ONCE; i++) {
          Request request = requests.get(next++ % requests.size());
          sent.add(client.execute(request.headers(), request.body()).aggregate());
        }
        for (CompletableFuture<AggregatedHttpResponse> one : sent) {
          answered += one.join().status().code() == 200 ? 1 : 0;
        }
      }
    } catch (java.util.concurrent.CompletionException e) {
      // Whatever it is, whoever asks the server later is told.
      return answered;
    }
    return answered;
  }

  private static List<Request> requests(FeatureServing serving) {
    List<Request> requests = new ArrayList<>();
    for (int rows : ROWS) {
      for (ServePlan plan : serving.plans()) {
        requests.add(new Request(REST, rest(plan, rows)));
        requests.add(new Request(GRPC, grpc(plan, rows)));
      }
    }
    return requests;
  }

  private static HttpData rest(ServePlan plan, int rows) {
    return HttpData.wrap(
        Replies.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("feature_service", plan.name());
              json.writeBooleanField("full_feature_names", true);
              json.writeObjectFieldStart("entities");
              for (String column : plan.readColumns()) {
                json.writeArrayFieldStart(column);
                for (int row = 0; row < rows; row++) {
                  switch (type(plan, column)) {
                    case INT64, TIMESTAMP -> json.writeNumber(row);
                    case FLOAT64 -> json.writeNumber(row + 0.5);
                    case BOOL -> json.writeBoolean(true);
                    case STRING -> json.writeString(text(row));
                    default -> json.writeNull();
                  }
                }
                json.writeEndArray();
              }
              json.writeEndObject();
              json.writeEndObject();
            }));
  }

  private static HttpData grpc(ServePlan plan, int rows) {
    GetOnlineFeaturesRequest.Builder request =
        GetOnlineFeaturesRequest.newBuilder()
            .setFeatureService(plan.name())
            .setFullFeatureNames(true);
    for (String column : plan.readColumns()) {
      ValueProto.RepeatedValue.Builder values = ValueProto.RepeatedValue.newBuilder();
      for (int row = 0; row < rows; row++) {
        ValueProto.Value.Builder value = ValueProto.Value.newBuilder();
        switch (type(plan, column)) {
          case INT64 -> value.setInt64Val(row);
          case TIMESTAMP -> value.setUnixTimestampVal(row);
          case FLOAT64 -> value.setDoubleVal(row + 0.5);
          case BOOL -> value.setBoolVal(true);
          case STRING -> value.setStringVal(text(row));
          default -> value.clear();
        }
        values.addVal(value);
      }
      request.putEntities(column, values.build());
    }
    byte[] message = request.build().toByteArray();
    return HttpData.wrap(
        ByteBuffer.allocate(5 + message.length)
            .put((byte) 0)
            .putInt(message.length)
            .put(message)
            .array());
  }

  private static ValueType type(ServePlan plan, String column) {
    Field field = plan.inputs().field(plan.inputs().requireIndexOf(column));
    return field.type();
  }

  private static String text(int row) {
    return "warm-up-" + row;
  }
}
