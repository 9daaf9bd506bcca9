package io.millrace.server.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.UnprocessedRequestException;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import io.millrace.feature.TestFeatures;
import io.millrace.server.infer.TestFeatureServer;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesRequest;
import io.millrace.server.serve.feast.proto.ValueProto;
import io.millrace.server.serve.inference.proto.InferTensorContents;
import io.millrace.server.serve.inference.proto.ModelInferRequest;
import io.millrace.server.serve.inference.proto.ModelMetadataRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends requests that were good until an adversary touched them, over HTTP/1, HTTP/2, gRPC and bare
 * sockets, and collects every answer that a server must never give. The same seed sends the same.
 */
final class ServerFuzz implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int AT_ONCE = 24;
  private static final List<String> DEADLINES =
      List.of("-5", "0", "soon", "99999999999999999999", "1.5", "5000", "");
  private static final List<String> GRPC_DEADLINES =
      List.of("-5m", "5", "m", "99999999999S", "8S", "5000m", "\u00e4");
  private static final List<String> PATHS =
      List.of(
          "/",
          "/v2",
          "/v2/",
          "/v2/health/ready",
          "/v2/models",
          "/v2/models/fraud",
          "/v2/models/fraud/versions/2",
          "/v2/models/fraud/versions/0",
          "/v2/models/fraud/versions/99999999999/infer",
          "/v2/models/..%2f..%2fetc/ready",
          "/v2/models/fraud/infer/more",
          "/get-online-features",
          "/get-online-features/",
          "/metrics",
          "/docs",
          "/v2/models/" + "x".repeat(3_000));

  private final TestFeatureServer server;
  private final Random random;
  private final Mutations mutations;
  private final ClientFactory factory = ClientFactory.builder().build();
  private final WebClient http1;
  private final WebClient http2;
  private final Semaphore room = new Semaphore(AT_ONCE);
  private final AtomicLong sent = new AtomicLong();
  private final Map<String, Long> outcomes = new TreeMap<>();
  private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();

  ServerFuzz(TestFeatureServer server, long seed) {
    this.server = server;
    this.random = new Random(seed);
    this.mutations = new Mutations(random);
    this.http1 = client("h1c");
    this.http2 = client("h2c");
  }

  private WebClient client(String protocol) {
    return WebClient.builder(protocol + "://127.0.0.1:" + server.port())
        .factory(factory)
        .responseTimeoutMillis(60_000)
        .maxResponseLength(0)
        .build();
  }

  /** Sends so many requests and waits for all answers. */
  void run(int requests) throws Exception {
    for (int i = 0; i < requests; i++) {
      int kind = random.nextInt(1_000);
      if (kind < 1) {
        huge();
      } else if (kind < 5) {
        bareSocket();
      } else if (kind < 80) {
        path();
      } else if (kind < 500) {
        rest();
      } else {
        grpc();
      }
    }
    if (!room.tryAcquire(AT_ONCE, 120, TimeUnit.SECONDS)) {
      faults.add("some requests were never answered");
    } else {
      room.release(AT_ONCE);
    }
    long answers = outcomes().values().stream().mapToLong(Long::longValue).sum();
    if (answers < sent.get() - faults.size()) {
      faults.add(answers + " outcomes of " + sent + " requests were counted");
    }
  }

  /** What must never come: at most a hundred, each with its request. */
  List<String> faults() {
    return faults.stream().limit(100).toList();
  }

  /** How many answers there were of each status. */
  synchronized Map<String, Long> outcomes() {
    return new TreeMap<>(outcomes);
  }

  private void path() throws InterruptedException {
    HttpMethod method =
        List.of(
                HttpMethod.GET,
                HttpMethod.POST,
                HttpMethod.PUT,
                HttpMethod.DELETE,
                HttpMethod.HEAD,
                HttpMethod.OPTIONS)
            .get(random.nextInt(6));
    String path = PATHS.get(random.nextInt(PATHS.size()));
    if (random.nextInt(4) == 0) {
      path = path + "?" + (char) ('a' + random.nextInt(26)) + "=%C3%28";
    }
    send(RequestHeaders.builder(method, path), new byte[0], method == HttpMethod.HEAD);
  }

  private void rest() throws InterruptedException {
    boolean infer = random.nextBoolean();
    String good = infer ? goodInfer() : goodFeast();
    byte[] body = random.nextInt(10) == 0 ? mutations.random(200) : mutations.json(good);
    RequestHeadersBuilder headers =
        RequestHeaders.builder(
            HttpMethod.POST,
            infer
                ? List.of(
                        "/v2/models/fraud/infer",
                        "/v2/models/fraud/versions/2/infer",
                        "/v2/models/nobody/infer")
                    .get(random.nextInt(20) == 0 ? 2 : random.nextInt(2))
                : "/get-online-features");
    headers.add("content-type", random.nextInt(20) == 0 ? "text/plain; x=\"" : "application/json");
    if (random.nextInt(10) == 0) {
      headers.add("x-request-timeout-ms", DEADLINES.get(random.nextInt(DEADLINES.size())));
    }
    if (infer && random.nextInt(10) == 0) {
      headers.add(
          "inference-header-content-length",
          List.of("-1", "10", "99999999999", Integer.toString(body.length), "x")
              .get(random.nextInt(5)));
    }
    send(headers, body, false);
  }

  private String goodInfer() {
    int rows = 1 + random.nextInt(3);
    if (random.nextInt(3) == 0) {
      return "{\"id\":\"a\",\"inputs\":[{\"name\":\"features\",\"shape\":[%d,6],\"datatype\":\"FP32\",\"data\":[%s]}],\"outputs\":[{\"name\":\"score\",\"parameters\":{\"binary_data\":true}}]}"
          .formatted(rows, times("1.5,2,3,null,0.5,7", rows));
    }
    return "{\"inputs\":[{\"name\":\"card\",\"shape\":[%d],\"datatype\":\"BYTES\",\"data\":[%s]},{\"name\":\"shop\",\"shape\":[%d],\"datatype\":\"BYTES\",\"data\":[%s]},{\"name\":\"amount\",\"shape\":[%d],\"datatype\":\"FP64\",\"data\":[%s]},{\"name\":\"at\",\"shape\":[%d],\"datatype\":\"INT64\",\"data\":[%s]}]}"
        .formatted(
            rows,
            times("\"c1\"", rows),
            rows,
            times("\"s1\"", rows),
            rows,
            times("12.5", rows),
            rows,
            times(Long.toString(TestFeatures.NOON_MS), rows));
  }

  private String goodFeast() {
    int rows = 1 + random.nextInt(3);
    return random.nextBoolean()
        ? "{\"feature_service\":\"fraud_v1\",\"entities\":{\"card\":[%s],\"shop\":[%s]},\"request_context\":{\"amount\":[%s],\"at\":[%s]},\"full_feature_names\":true}"
            .formatted(
                times("\"c2\"", rows),
                times("\"s2\"", rows),
                times("3.5", rows),
                times("1785585600", rows))
        : "{\"features\":[\"card:spent_1h\",\"card:payments_1h\",\"shop@v1:mean_amount_10m\"],\"entities\":{\"card\":[%s],\"shop\":[%s]}}"
            .formatted(times("\"c2\"", rows), times("\"s2\"", rows));
  }

  private static String times(String text, int n) {
    return String.join(",", java.util.Collections.nCopies(n, text));
  }

  private void grpc() throws InterruptedException {
    byte[] message;
    String path;
    switch (random.nextInt(4)) {
      case 0 -> {
        path = "/feast.serving.ServingService/GetOnlineFeatures";
        message =
            GetOnlineFeaturesRequest.newBuilder()
                .setFeatureService("fraud_v1")
                .putEntities("card", texts("c1", "c2"))
                .putEntities("shop", texts("s1", "s2"))
                .putRequestContext("amount", doubles(1.5, 2.5))
                .putRequestContext("at", doubles(1.0e9, 1.0e9))
                .build()
                .toByteArray();
      }
      case 1 -> {
        path = "/inference.GRPCInferenceService/ModelMetadata";
        message = ModelMetadataRequest.newBuilder().setName("fraud").build().toByteArray();
      }
      default -> {
        path = "/inference.GRPCInferenceService/ModelInfer";
        message = random.nextBoolean() ? typedInfer() : rawInfer();
      }
    }
    if (random.nextInt(50) == 0) {
      path = path + "x";
    }
    RequestHeadersBuilder headers = RequestHeaders.builder(HttpMethod.POST, path);
    headers.add(
        "content-type",
        random.nextInt(30) == 0
            ? List.of("application/grpc-web", "application/grpc+json", "application/json")
                .get(random.nextInt(3))
            : "application/grpc+proto");
    headers.add("te", "trailers");
    if (random.nextInt(10) == 0) {
      headers.add("grpc-timeout", GRPC_DEADLINES.get(random.nextInt(GRPC_DEADLINES.size())));
    }
    if (random.nextInt(50) == 0) {
      headers.add("grpc-encoding", random.nextBoolean() ? "gzip" : "zzz");
    }
    byte[] body = mutations.framed(mutations.protobuf(message));
    sendBy(http2, headers.build(), body, false);
  }

  private byte[] typedInfer() {
    return ModelInferRequest.newBuilder()
        .setModelName("fraud")
        .setId("x")
        .addInputs(
            tensor("card", "BYTES")
                .setContents(
                    InferTensorContents.newBuilder()
                        .addBytesContents(ByteString.copyFromUtf8("c1"))))
        .addInputs(
            tensor("shop", "BYTES")
                .setContents(
                    InferTensorContents.newBuilder()
                        .addBytesContents(ByteString.copyFromUtf8("s1"))))
        .addInputs(
            tensor("at", "INT64")
                .setContents(
                    InferTensorContents.newBuilder().addInt64Contents(TestFeatures.NOON_MS)))
        .build()
        .toByteArray();
  }

  private static byte[] rawInfer() {
    return ModelInferRequest.newBuilder()
        .setModelName("fraud")
        .addInputs(tensor("features", "FP32").addShape(6))
        .addRawInputContents(ByteString.copyFrom(new byte[24]))
        .build()
        .toByteArray();
  }

  private static ModelInferRequest.InferInputTensor.Builder tensor(String name, String type) {
    return ModelInferRequest.InferInputTensor.newBuilder()
        .setName(name)
        .setDatatype(type)
        .addShape(1);
  }

  private static ValueProto.RepeatedValue texts(String... texts) {
    ValueProto.RepeatedValue.Builder values = ValueProto.RepeatedValue.newBuilder();
    for (String text : texts) {
      values.addVal(ValueProto.Value.newBuilder().setStringVal(text));
    }
    return values.build();
  }

  private static ValueProto.RepeatedValue doubles(double... doubles) {
    ValueProto.RepeatedValue.Builder values = ValueProto.RepeatedValue.newBuilder();
    for (double one : doubles) {
      values.addVal(ValueProto.Value.newBuilder().setDoubleVal(one));
    }
    return values.build();
  }

  /** Ten megabytes, or a million entities. */
  private void huge() throws InterruptedException {
    byte[] body =
        switch (random.nextInt(3)) {
          case 0 -> new byte[10 << 20];
          case 1 ->
              ("{\"feature_service\":\"fraud_v1\",\"entities\":{\"card\":["
                      + "1,".repeat(999_999)
                      + "1]}}")
                  .getBytes(StandardCharsets.UTF_8);
          default ->
              ("{\"inputs\":[{\"name\":\"card\",\"shape\":[1000000],\"datatype\":\"BYTES\",\"data\":["
                      + "1,".repeat(999_999)
                      + "1]}]}")
                  .getBytes(StandardCharsets.UTF_8);
        };
    send(
        RequestHeaders.builder(
                HttpMethod.POST,
                random.nextBoolean() ? "/v2/models/fraud/infer" : "/get-online-features")
            .add("content-type", "application/json"),
        body,
        false);
  }

  /** Bytes that are hardly HTTP; the server may answer 4xx or hang up. */
  private void bareSocket() throws IOException {
    byte[] bytes =
        switch (random.nextInt(6)) {
          case 0 -> mutations.random(300);
          case 4 -> "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
          case 5 ->
              "GET /v2/models/%00/ready HTTP/1.1\r\nHost: a\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII);
          case 1 -> "GET /v2 HTTP/9.9\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
          case 2 ->
              ("POST /v2/models/fraud/infer HTTP/1.1\r\nHost: a\r\nContent-Length: -7\r\n\r\n{}")
                  .getBytes(StandardCharsets.US_ASCII);
          default ->
              ("POST /get-online-features HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n{\"en")
                  .getBytes(StandardCharsets.US_ASCII);
        };
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(2_000);
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
      InputStream in = socket.getInputStream();
      String answer = new String(in.readNBytes(64), StandardCharsets.ISO_8859_1);
      if (answer.matches("(?s)HTTP/1\\.[01] 5.*")) {
        faults.add("a bare socket was answered " + answer);
      }
      count("socket");
    } catch (java.net.SocketException | java.net.SocketTimeoutException e) {
      count("socket " + e.getClass().getSimpleName());
    }
  }

  private void send(RequestHeadersBuilder headers, byte[] body, boolean head)
      throws InterruptedException {
    sendBy(random.nextBoolean() ? http1 : http2, headers.build(), body, head);
  }

  private void sendBy(WebClient client, RequestHeaders headers, byte[] body, boolean head)
      throws InterruptedException {
    room.acquire();
    sent.incrementAndGet();
    client
        .execute(headers, HttpData.wrap(body))
        .aggregate()
        .handle(
            (answer, failure) -> {
              try {
                if (failure == null) {
                  judge(headers, body, answer, head);
                } else {
                  failed(headers, body, failure);
                }
              } finally {
                room.release();
              }
              return null;
            });
  }

  private void failed(RequestHeaders headers, byte[] body, Throwable failure) {
    Throwable cause = failure instanceof UnprocessedRequestException ? failure.getCause() : failure;
    // A body that is too large may be cut off, so that the client never gets to read why.
    if (body.length > 4 << 20) {
      count("cut off: " + cause.getClass().getSimpleName());
    } else {
      faults.add(shown(headers, body) + " was not answered: " + cause);
    }
  }

  private void judge(
      RequestHeaders headers, byte[] body, AggregatedHttpResponse answer, boolean head) {
    int status = answer.status().code();
    String grpc = header(answer, "grpc-status");
    count(grpc == null ? "http " + status : "grpc " + grpc);
    if (status >= 500 || List.of("2", "13", "15").contains(String.valueOf(grpc))) {
      String message = header(answer, "grpc-message");
      faults.add(
          shown(headers, body)
              + " was answered "
              + status
              + " "
              + grpc
              + " "
              + message
              + " "
              + answer.contentUtf8());
    } else if (status >= 400 && grpc == null && !head && !isError(answer)) {
      faults.add(shown(headers, body) + " has an error of another shape: " + answer.contentUtf8());
    }
  }

  private static String header(AggregatedHttpResponse answer, String name) {
    String value = answer.headers().get(name);
    return value == null ? answer.trailers().get(name) : value;
  }

  private static boolean isError(AggregatedHttpResponse answer) {
    try {
      JsonNode json = JSON.readTree(answer.content().array());
      return json.path("error").isTextual()
          && !json.path("error").asText().isEmpty()
          && json.path("kind").isTextual();
    } catch (IOException e) {
      return false;
    }
  }

  private synchronized void count(String outcome) {
    outcomes.merge(outcome, 1L, Long::sum);
  }

  private static String shown(RequestHeaders headers, byte[] body) {
    String text = new String(body, StandardCharsets.ISO_8859_1);
    return headers + " " + (text.length() > 300 ? text.substring(0, 300) + "..." : text);
  }

  @Override
  public void close() {
    factory.close();
  }
}
