package io.millrace.server.fuzz;

import com.google.protobuf.ByteString;
import io.millrace.feature.TestFeatures;
import io.millrace.server.serve.feast.proto.FeatureList;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesRequest;
import io.millrace.server.serve.feast.proto.ValueProto;
import io.millrace.server.serve.inference.proto.InferTensorContents;
import io.millrace.server.serve.inference.proto.ModelInferRequest;
import io.millrace.server.serve.inference.proto.ModelMetadataRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Requests that must be answered, each another: any number of rows, any keys, some of the features
 * in any order, the same thing written in other ways.
 */
final class GoodRequests {
  private static final List<String> FEATURES =
      List.of(
          "card:payments_1h",
          "card@v1:spent_1h",
          "card:last_amount",
          "shop:mean_amount_10m",
          "shop@v1:max_items_1d");
  private static final int FEATURES_OF_MODEL = 6;

  private final Random random;

  GoodRequests(Random random) {
    this.random = random;
  }

  /**
   * A request of HTTP.
   *
   * @param path with its query
   */
  record Rest(String path, String body) {}

  /** A request of gRPC: a message that is not framed yet. */
  record Grpc(String path, byte[] message) {}

  Rest rest() {
    return switch (random.nextInt(4)) {
      case 0 -> new Rest(inferPath(), keysToScore());
      case 1 -> new Rest(inferPath(), vectorsToScore());
      case 2 -> new Rest(feastPath(), ofService());
      default -> new Rest(feastPath(), ofFeatures());
    };
  }

  Grpc grpc() {
    return switch (random.nextInt(4)) {
      case 0 -> new Grpc("/feast.serving.ServingService/GetOnlineFeatures", feast());
      case 1 ->
          new Grpc(
              "/inference.GRPCInferenceService/ModelMetadata",
              ModelMetadataRequest.newBuilder().setName("fraud").build().toByteArray());
      case 2 -> new Grpc("/inference.GRPCInferenceService/ModelInfer", typedTensors());
      default -> new Grpc("/inference.GRPCInferenceService/ModelInfer", rawTensors());
    };
  }

  private String inferPath() {
    return random.nextBoolean() ? "/v2/models/fraud/infer" : "/v2/models/fraud/versions/2/infer";
  }

  private String feastPath() {
    return "/get-online-features"
        + List.of("", "?status=true", "?status=false").get(random.nextInt(3));
  }

  private int rows() {
    return random.nextInt(8) == 0 ? 1 + random.nextInt(60) : 1 + random.nextInt(3);
  }

  private String keysToScore() {
    int rows = rows();
    String shape = random.nextBoolean() ? "[%d]".formatted(rows) : "[%d,1]".formatted(rows);
    List<String> inputs =
        new ArrayList<>(
            List.of(
                input("card", shape, "BYTES", times(rows, () -> quoted(key("c")))),
                input("shop", shape, "BYTES", times(rows, () -> quoted(key("s")))),
                input(
                    "amount",
                    shape,
                    random.nextBoolean() ? "FP64" : "FP32",
                    times(rows, this::number)),
                input("at", shape, "INT64", times(rows, this::timeMs))));
    Collections.shuffle(inputs, random);
    return "{" + id() + "\"inputs\":[" + String.join(space() + ",", inputs) + "]" + outputs() + "}";
  }

  private String vectorsToScore() {
    int rows = rows();
    String numbers =
        times(rows * FEATURES_OF_MODEL, () -> random.nextInt(5) == 0 ? "null" : this.number());
    return "{"
        + id()
        + "\"inputs\":["
        + input("features", "[%d,%d]".formatted(rows, FEATURES_OF_MODEL), "FP32", numbers)
        + "]"
        + outputs()
        + "}";
  }

  private static String input(String name, String shape, String type, String data) {
    return "{\"name\":\"%s\",\"shape\":%s,\"datatype\":\"%s\",\"data\":[%s]}"
        .formatted(name, shape, type, data);
  }

  private String id() {
    return random.nextInt(3) == 0 ? "\"id\":" + quoted("a" + random.nextInt()) + "," : "";
  }

  private String outputs() {
    return switch (random.nextInt(4)) {
      case 0 -> ",\"outputs\":[{\"name\":\"score\",\"parameters\":{\"binary_data\":true}}]";
      case 1 -> ",\"outputs\":[{\"name\":\"score\"}]";
      default -> "";
    };
  }

  private String ofService() {
    int rows = rows();
    List<String> members =
        new ArrayList<>(
            List.of(
                "\"feature_service\":" + space() + "\"fraud_v1\"",
                "\"entities\":{\"card\":[%s],\"shop\":[%s]}"
                    .formatted(
                        times(rows, () -> quoted(key("c"))), times(rows, () -> quoted(key("s")))),
                "\"request_context\":{\"amount\":[%s],\"at\":[%s]}"
                    .formatted(
                        times(rows, () -> random.nextInt(4) == 0 ? "null" : number()),
                        times(rows, this::timeSeconds))));
    return object(members);
  }

  private String ofFeatures() {
    int rows = rows();
    List<String> features = features();
    List<String> entities = new ArrayList<>();
    if (names(features, "card")) {
      entities.add("\"card\":[" + times(rows, () -> quoted(key("c"))) + "]");
    }
    if (names(features, "shop")) {
      entities.add("\"shop\":[" + times(rows, () -> quoted(key("s"))) + "]");
    }
    return object(
        new ArrayList<>(
            List.of(
                "\"features\":["
                    + String.join(",", features.stream().map(this::quoted).toList())
                    + "]",
                "\"entities\":{" + String.join("," + space(), entities) + "}")));
  }

  /** Some of them, each once. */
  private List<String> features() {
    List<String> all = new ArrayList<>(FEATURES);
    Collections.shuffle(all, random);
    return all.subList(0, 1 + random.nextInt(all.size()));
  }

  private static boolean names(List<String> features, String view) {
    return features.stream().anyMatch(feature -> feature.startsWith(view));
  }

  private String object(List<String> members) {
    if (random.nextBoolean()) {
      members.add("\"full_feature_names\":" + random.nextBoolean());
    }
    if (random.nextInt(3) == 0) {
      members.add("\"include_feature_view_version_metadata\":" + random.nextBoolean());
    }
    Collections.shuffle(members, random);
    return "{" + space() + String.join(space() + "," + space(), members) + space() + "}";
  }

  private String space() {
    return List.of("", "", "", " ", "\n", "\t \r\n").get(random.nextInt(6));
  }

  private String times(int n, Supplier<String> item) {
    List<String> items = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      items.add(item.get());
    }
    return String.join(",", items);
  }

  /** Of those that the store has, of those that it has not, or hardly one. */
  private String key(String letter) {
    return switch (random.nextInt(8)) {
      case 0 -> "";
      case 1 -> "nobody" + random.nextInt();
      case 2 -> "\u00e9|\\\u4e2d\ud83d\ude00\u0000".substring(0, 1 + random.nextInt(3));
      default -> letter + random.nextInt(55);
    };
  }

  /** As JSON, with escapes where none are needed now and then. */
  private String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    boolean escapes = random.nextInt(4) == 0;
    for (char c : text.toCharArray()) {
      if (escapes || c < ' ' || c == '"' || c == '\\') {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  private String number() {
    return switch (random.nextInt(5)) {
      case 0 -> Integer.toString(random.nextInt(1_000));
      case 1 -> "-0.0";
      case 2 -> "1.5e" + random.nextInt(20);
      default -> Double.toString(random.nextGaussian() * 100);
    };
  }

  private String timeMs() {
    return Long.toString(TestFeatures.NOON_MS + random.nextInt(86_400_000));
  }

  private String timeSeconds() {
    return random.nextBoolean()
        ? Long.toString(TestFeatures.NOON_MS / 1_000 + random.nextInt(86_400))
        : quoted(
            java.time.Instant.ofEpochMilli(TestFeatures.NOON_MS + random.nextInt(86_400_000))
                .toString());
  }

  private byte[] feast() {
    int rows = rows();
    GetOnlineFeaturesRequest.Builder request =
        GetOnlineFeaturesRequest.newBuilder()
            .setFullFeatureNames(random.nextBoolean())
            .setIncludeFeatureViewVersionMetadata(random.nextBoolean());
    List<String> features = features();
    if (random.nextBoolean()) {
      request
          .setFeatureService("fraud_v1")
          .putRequestContext("amount", values(rows, this::amount))
          .putRequestContext("at", values(rows, this::time));
      features = FEATURES;
    } else {
      request.setFeatures(FeatureList.newBuilder().addAllVal(features));
    }
    if (names(features, "card")) {
      request.putEntities("card", values(rows, () -> text(key("c"))));
    }
    if (names(features, "shop")) {
      request.putEntities("shop", values(rows, () -> text(key("s"))));
    }
    return request.build().toByteArray();
  }

  private static ValueProto.RepeatedValue values(int rows, Supplier<ValueProto.Value> value) {
    ValueProto.RepeatedValue.Builder values = ValueProto.RepeatedValue.newBuilder();
    for (int i = 0; i < rows; i++) {
      values.addVal(value.get());
    }
    return values.build();
  }

  private static ValueProto.Value text(String text) {
    return ValueProto.Value.newBuilder().setStringVal(text).build();
  }

  private ValueProto.Value amount() {
    ValueProto.Value.Builder value = ValueProto.Value.newBuilder();
    return switch (random.nextInt(5)) {
      case 0 -> value.build();
      case 1 -> value.setInt64Val(random.nextInt()).build();
      case 2 -> value.setFloatVal(random.nextFloat()).build();
      case 3 -> value.setInt32Val(random.nextInt()).build();
      default -> value.setDoubleVal(random.nextGaussian()).build();
    };
  }

  private ValueProto.Value time() {
    return ValueProto.Value.newBuilder()
        .setUnixTimestampVal(TestFeatures.NOON_MS / 1_000 + random.nextInt(86_400))
        .build();
  }

  private byte[] typedTensors() {
    int rows = rows();
    InferTensorContents.Builder cards = InferTensorContents.newBuilder();
    InferTensorContents.Builder shops = InferTensorContents.newBuilder();
    InferTensorContents.Builder amounts = InferTensorContents.newBuilder();
    InferTensorContents.Builder times = InferTensorContents.newBuilder();
    for (int row = 0; row < rows; row++) {
      cards.addBytesContents(ByteString.copyFromUtf8(key("c")));
      shops.addBytesContents(ByteString.copyFromUtf8(key("s")));
      amounts.addFp64Contents(random.nextGaussian());
      times.addInt64Contents(TestFeatures.NOON_MS + random.nextInt(86_400_000));
    }
    return ModelInferRequest.newBuilder()
        .setModelName("fraud")
        .setId("x" + random.nextInt())
        .addInputs(tensor("card", "BYTES", rows).setContents(cards))
        .addInputs(tensor("shop", "BYTES", rows).setContents(shops))
        .addInputs(tensor("amount", "FP64", rows).setContents(amounts))
        .addInputs(tensor("at", "INT64", rows).setContents(times))
        .build()
        .toByteArray();
  }

  private byte[] rawTensors() {
    int rows = rows();
    ByteBuffer floats =
        ByteBuffer.allocate(4 * FEATURES_OF_MODEL * rows).order(ByteOrder.LITTLE_ENDIAN);
    while (floats.hasRemaining()) {
      floats.putFloat(random.nextInt(6) == 0 ? Float.NaN : (float) random.nextGaussian());
    }
    return ModelInferRequest.newBuilder()
        .setModelName("fraud")
        .addInputs(tensor("features", "FP32", rows).addShape(FEATURES_OF_MODEL))
        .addRawInputContents(ByteString.copyFrom(floats.array()))
        .build()
        .toByteArray();
  }

  private static ModelInferRequest.InferInputTensor.Builder tensor(
      String name, String type, int rows) {
    return ModelInferRequest.InferInputTensor.newBuilder()
        .setName(name)
        .setDatatype(type)
        .addShape(rows);
  }
}
