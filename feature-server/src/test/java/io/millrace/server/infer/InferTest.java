package io.millrace.server.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import io.grpc.StatusRuntimeException;
import io.millrace.feature.TestFeatures;
import io.millrace.feature.Values;
import io.millrace.inference.ScoreBatch;
import io.millrace.inference.model.LoadedModel;
import io.millrace.server.serve.inference.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.millrace.server.serve.inference.proto.InferTensorContents;
import io.millrace.server.serve.inference.proto.ModelInferRequest;
import io.millrace.server.serve.inference.proto.ModelInferRequest.InferInputTensor;
import io.millrace.server.serve.inference.proto.ModelInferResponse;
import io.millrace.server.serve.inference.proto.ModelMetadataRequest;
import io.millrace.server.serve.inference.proto.ModelReadyRequest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String AT = "\"" + Instant.ofEpochMilli(TestFeatures.NOON_MS) + "\"";

  @TempDir private static Path folder;
  private static TestFeatureServer server;
  private static WebClient http;
  private static GRPCInferenceServiceBlockingStub grpc;

  @BeforeAll
  static void start() {
    server = new TestFeatureServer(folder);
    http = WebClient.of("http://127.0.0.1:" + server.port());
    grpc =
        GrpcClients.newClient(
            "gproto+http://127.0.0.1:" + server.port(), GRPCInferenceServiceBlockingStub.class);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static AggregatedHttpResponse post(String path, String body) {
    return http.execute(
            RequestHeaders.of(HttpMethod.POST, path, "content-type", "application/json"), body)
        .aggregate()
        .join();
  }

  private static JsonNode scored(String body) throws Exception {
    AggregatedHttpResponse answer = post("/v2/models/fraud/infer", body);
    assertThat(answer.status().code()).as(answer.contentUtf8()).isEqualTo(200);
    return JSON.readTree(answer.contentUtf8());
  }

  private static String error(int status, String body) throws Exception {
    AggregatedHttpResponse answer = post("/v2/models/fraud/infer", body);
    assertThat(answer.status().code()).as(answer.contentUtf8()).isEqualTo(status);
    return JSON.readTree(answer.contentUtf8()).get("error").asText();
  }

  private static String input(String name, String datatype, String data, int rows) {
    return "{\"name\":\"%s\",\"shape\":[%d],\"datatype\":\"%s\",\"data\":[%s]}"
        .formatted(name, rows, datatype, data);
  }

  private static String byKey(String cards, String shops, int rows, String more) {
    return "{\"inputs\":[%s,%s,%s,%s]%s}"
        .formatted(
            input("card", "BYTES", cards, rows),
            input("shop", "BYTES", shops, rows),
            input("amount", "FP64", nTimes("12.5", rows), rows),
            input("at", "BYTES", nTimes(AT, rows), rows),
            more);
  }

  private static String nTimes(String text, int n) {
    return String.join(",", java.util.Collections.nCopies(n, text));
  }

  /** The vector as the stream makes it, from rows of its own. */
  private static Values streamVector(String card, String shop) {
    Values request =
        Values.of(null, card, shop, 12.5, null, null, Instant.ofEpochMilli(TestFeatures.NOON_MS));
    Values[] rows = new Values[server.plan.lookups().size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] =
          server.row(i, server.plan.lookups().get(i).view().name().equals("card") ? card : shop);
    }
    return server.plan.vector(request, rows);
  }

  /** Scores as the operator in the stream does: encoded into a ring, in a batch of many rows. */
  private static float[] streamScores(List<Values> vectors) throws Exception {
    float[] scores = new float[vectors.size()];
    try (LoadedModel model = server.repository.load("fraud", 1);
        ScoreBatch batch = model.newBatch(64)) {
      for (int i = 0; i < scores.length; i++) {
        model.encoder().encode(vectors.get(i), batch.input(), i);
      }
      batch.run(scores.length);
      for (int i = 0; i < scores.length; i++) {
        scores[i] = batch.score(i);
      }
    }
    return scores;
  }

  @Test
  void shouldScoreAKeyToTheBitAsTheStreamScoresTheSameVector() throws Exception {
    List<Values> vectors =
        IntStream.range(0, 45).mapToObj(i -> streamVector("c" + i, "s" + i % 12)).toList();
    float[] due = streamScores(vectors);

    for (int i = 0; i < due.length; i++) {
      JsonNode answer = scored(byKey("\"c" + i + "\"", "\"s" + i % 12 + "\"", 1, ""));
      float score = Float.parseFloat(answer.at("/outputs/0/data/0").asText());
      assertThat(Float.floatToRawIntBits(score))
          .as("card c%d scored %s, the stream %s", i, score, due[i])
          .isEqualTo(Float.floatToRawIntBits(due[i]));
    }
    assertThat(IntStream.range(0, due.length).mapToObj(i -> due[i]).distinct().count())
        .as("different scores")
        .isGreaterThan(10);
  }

  @Test
  void shouldSayVersionAndStatusesOfWhatItRead() throws Exception {
    JsonNode answer =
        scored(
            byKey(
                "\"c1\",\"c45\",\"nobody\",null",
                "\"s1\",\"s1\",\"s1\",\"s1\"",
                4,
                ",\"id\":\"r-7\",\"outputs\":[{\"name\":\"score\"},{\"name\":\"feature_statuses\"},{\"name\":\"features\"}]"));

    assertThat(answer.get("model_name").asText()).isEqualTo("fraud");
    assertThat(answer.get("model_version").asText()).isEqualTo("1");
    assertThat(answer.get("id").asText()).isEqualTo("r-7");
    assertThat(answer.at("/parameters/model_version").asText()).isEqualTo("1");
    assertThat(answer.at("/parameters/features_outside_max_age").asInt()).isEqualTo(3);
    assertThat(answer.at("/parameters/features_not_found").asInt()).isEqualTo(6);
    assertThat(answer.at("/outputs/0/shape").toString()).isEqualTo("[4,1]");
    assertThat(answer.at("/outputs/1/shape").toString()).isEqualTo("[4,6]");
    assertThat(answer.at("/outputs/1/data/0").asText()).isEqualTo("PRESENT");
    assertThat(answer.at("/outputs/1/data/8").asText()).isEqualTo("OUTSIDE_MAX_AGE");
    assertThat(answer.at("/outputs/1/data/14").asText()).isEqualTo("NOT_FOUND");
    assertThat(answer.at("/outputs/2/shape").toString()).isEqualTo("[4,6]");
    assertThat(answer.at("/outputs/2/data/0").asDouble()).isEqualTo(12.5);
  }

  @Test
  void shouldScoreGivenFeaturesAndTheMatrixAlike() throws Exception {
    float[] due = streamScores(List.of(Values.of(12.5, 13, 4, 1.5, null, 0.25)));
    String given =
        "{\"inputs\":[%s,%s,%s,%s,%s,%s]}"
            .formatted(
                input("amount", "FP64", "12.5", 1),
                input("hour", "INT32", "13", 1),
                input("card__payments_1h", "INT64", "4", 1),
                input("card__spent_1h", "FP32", "1.5", 1),
                input("card__last_amount", "FP64", "null", 1),
                input("shop__mean_amount_10m", "FP64", "0.25", 1));
    String matrix =
        "{\"inputs\":[{\"name\":\"features\",\"shape\":[1,6],\"datatype\":\"FP32\",\"data\":[[12.5,13,4,1.5,null,0.25]]}]}";

    for (String body : List.of(given, matrix)) {
      assertThat(Float.parseFloat(scored(body).at("/outputs/0/data/0").asText())).isEqualTo(due[0]);
    }
  }

  @Test
  void shouldTellTheFixOfEveryMistake() throws Exception {
    assertThat(error(400, "{")).startsWith("the body is no JSON: ");
    assertThat(error(400, "[]")).startsWith("the body is no JSON object; give {\"inputs\"");
    assertThat(error(400, "{\"inputs\":[]}"))
        .contains("the request has no inputs; give the keys [card, shop]")
        .contains("or give one input for each of its 6 features: [amount, hour, ");
    assertThat(error(400, "{\"inputs\":[" + input("cart", "BYTES", "\"c1\"", 1) + "]}"))
        .startsWith("input 'cart' is no feature that model fraud reads and no column of payment;");
    assertThat(error(400, "{\"inputs\":[" + input("card", "BYTES", "\"c1\"", 1) + "]}"))
        .isEqualTo("the key shop is missing; service fraud_v1 is asked with [card, shop]");
    assertThat(error(400, byKey("\"c1\",\"c2\"", "\"s1\"", 1, "")))
        .isEqualTo("input card has 2 elements, but its shape [1] needs 1");
    assertThat(error(400, byKey("7", "\"s1\"", 1, "")))
        .isEqualTo("input card holds 7 at position 0, which is no BYTES");
    assertThat(error(400, byKey("\"c1\"", "\"s1\"", 1, ",\"outputs\":[{\"name\":\"risk\"}]")))
        .isEqualTo("there is no output 'risk'; there are [feature_statuses, features, score]");
    assertThat(
            error(
                400,
                "{\"inputs\":[{\"name\":\"features\",\"shape\":[2,3],\"datatype\":\"FP32\",\"data\":[[1,2,3],[1,2]]}]}"))
        .isEqualTo(
            "inputs[0].data has lists of different lengths or depths; give it flat, or nested as its shape");
    assertThat(
            error(
                400,
                "{\"inputs\":[{\"name\":\"features\",\"shape\":[1000000000,1000000000],\"datatype\":\"FP32\",\"data\":[]}]}"))
        .endsWith("give at most 4000000 elements in one request");
    assertThat(
            error(
                400,
                "{\"inputs\":[{\"name\":\"hour\",\"shape\":[1],\"datatype\":\"INT8\",\"data\":[300]}]}"))
        .isEqualTo("input hour holds 300 at position 0; INT8 is -128 to 127");
    assertThat(error(400, "{\"inputs\":" + "[".repeat(5_000))).startsWith("inputs[0] is no object");
    assertThat(error(400, "{\"inputs\":[{\"name\":\"a\",\"data\":" + "[".repeat(5_000)))
        .startsWith("inputs[0].data is nested more than 8 deep");
    assertThat(post("/v2/models/froud/infer", "{\"inputs\":[]}").contentUtf8())
        .contains("there is no model 'froud'; there are [fraud]", "\"kind\":\"unknown\"");
    assertThat(post("/v2/models/fraud/versions/9/infer", "{\"inputs\":[]}").contentUtf8())
        .contains("model fraud has no version 9; it has [1, 2]");
    assertThat(http.get("/v2/models/fraud/infer").aggregate().join().status().code())
        .isEqualTo(405);
    assertThat(http.get("/v2/modles").aggregate().join().status().code()).isEqualTo(404);
  }

  @Test
  void shouldDescribeItselfAndItsModels() throws Exception {
    JsonNode model = JSON.readTree(http.get("/v2/models/fraud").aggregate().join().contentUtf8());

    assertThat(model.get("platform").asText()).isEqualTo("onnx_onnxv1");
    assertThat(model.get("versions").toString()).isEqualTo("[\"1\",\"2\"]");
    assertThat(model.at("/inputs/0").toString())
        .isEqualTo("{\"name\":\"amount\",\"datatype\":\"FP64\",\"shape\":[-1]}");
    assertThat(model.at("/outputs/0").toString())
        .isEqualTo("{\"name\":\"score\",\"datatype\":\"FP32\",\"shape\":[-1,1]}");
    assertThat(model.at("/parameters/keys").asText()).isEqualTo("card,shop");
    for (String path :
        List.of("/v2/health/live", "/v2/health/ready", "/v2/models/fraud/versions/2/ready")) {
      assertThat(http.get(path).aggregate().join().status().code()).as(path).isEqualTo(200);
    }
    assertThat(http.get("/v2").aggregate().join().contentUtf8())
        .isEqualTo(
            "{\"name\":\"millrace\",\"version\":\"0.1.0\",\"extensions\":[\"binary_tensor_data\"]}");
  }

  @Test
  void shouldTakeAndGiveBinaryTensors() throws Exception {
    float[] due = streamScores(List.of(Values.of(12.5, 13, 4, 1.5, null, 0.25)));
    String json =
        "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"features\",\"shape\":[1,6],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":24}}]}";
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(json.getBytes(StandardCharsets.UTF_8));
    body.writeBytes(matrix().array());

    AggregatedHttpResponse answer =
        http.execute(
                RequestHeaders.of(
                    HttpMethod.POST,
                    "/v2/models/fraud/infer",
                    "inference-header-content-length",
                    json.length()),
                body.toByteArray())
            .aggregate()
            .join();

    assertThat(answer.status().code()).as(answer.contentUtf8()).isEqualTo(200);
    int jsonLength = answer.headers().getInt("inference-header-content-length");
    byte[] bytes = answer.content().array();
    assertThat(bytes).hasSize(jsonLength + 4);
    assertThat(
            JSON.readTree(bytes, 0, jsonLength)
                .at("/outputs/0/parameters/binary_data_size")
                .asInt())
        .isEqualTo(4);
    assertThat(ByteBuffer.wrap(bytes, jsonLength, 4).order(ByteOrder.LITTLE_ENDIAN).getFloat())
        .isEqualTo(due[0]);
  }

  private static ByteBuffer matrix() {
    ByteBuffer matrix = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : new float[] {12.5f, 13, 4, 1.5f, Float.NaN, 0.25f}) {
      matrix.putFloat(value);
    }
    return matrix;
  }

  @Test
  void shouldSpeakGrpcTypedAndRaw() throws Exception {
    float[] byFeatures = streamScores(List.of(Values.of(12.5, 13, 4, 1.5, null, 0.25)));
    float[] byKey = streamScores(List.of(streamVector("c3", "s3")));

    ModelInferResponse raw =
        grpc.modelInfer(
            ModelInferRequest.newBuilder()
                .setModelName("fraud")
                .addInputs(
                    InferInputTensor.newBuilder()
                        .setName("features")
                        .setDatatype("FP32")
                        .addShape(1)
                        .addShape(6))
                .addRawInputContents(ByteString.copyFrom(matrix().array()))
                .build());
    assertThat(
            raw.getRawOutputContents(0)
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .getFloat())
        .isEqualTo(byFeatures[0]);

    ModelInferResponse typed =
        grpc.modelInfer(
            ModelInferRequest.newBuilder()
                .setModelName("fraud")
                .setModelVersion("1")
                .setId("g-1")
                .addInputs(text("card", "c3"))
                .addInputs(text("shop", "s3"))
                .addInputs(
                    InferInputTensor.newBuilder()
                        .setName("amount")
                        .setDatatype("FP64")
                        .addShape(1)
                        .setContents(InferTensorContents.newBuilder().addFp64Contents(12.5)))
                .addInputs(
                    InferInputTensor.newBuilder()
                        .setName("at")
                        .setDatatype("INT64")
                        .addShape(1)
                        .setContents(
                            InferTensorContents.newBuilder()
                                .addInt64Contents(TestFeatures.NOON_MS)))
                .build());
    assertThat(typed.getId()).isEqualTo("g-1");
    assertThat(typed.getOutputs(0).getContents().getFp32Contents(0)).isEqualTo(byKey[0]);
    assertThat(typed.getParametersOrThrow("model_version").getStringParam()).isEqualTo("1");

    assertThat(
            grpc.modelMetadata(ModelMetadataRequest.newBuilder().setName("fraud").build())
                .getInputs(0)
                .getName())
        .isEqualTo("amount");
    assertThat(grpc.modelReady(ModelReadyRequest.newBuilder().setName("fraud").build()).getReady())
        .isTrue();
    assertThatThrownBy(
            () ->
                grpc.modelInfer(
                    ModelInferRequest.newBuilder()
                        .setModelName("fraud")
                        .addInputs(text("card", "c1"))
                        .build()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage(
            "INVALID_ARGUMENT: the key shop is missing; service fraud_v1 is asked with [card, shop]");
    assertThatThrownBy(
            () -> grpc.modelReady(ModelReadyRequest.newBuilder().setName("froud").build()))
        .hasMessage("NOT_FOUND: there is no model 'froud'; there are [fraud]");
  }

  private static InferInputTensor text(String name, String value) {
    return InferInputTensor.newBuilder()
        .setName(name)
        .setDatatype("BYTES")
        .addShape(1)
        .setContents(
            InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8(value)))
        .build();
  }
}
