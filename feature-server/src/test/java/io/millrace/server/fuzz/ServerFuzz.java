package io.millrace.server.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.UnprocessedRequestException;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import io.millrace.server.infer.TestFeatureServer;
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
 * Sends good requests, and such that were good until an adversary touched them, over HTTP/1,
 * HTTP/2, gRPC and bare sockets, and collects every answer that a server must never give. The same
 * seed sends the same.
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

  /** What may come back. */
  private enum Expected {
    ANSWER,
    ANSWER_OR_REFUSAL,
    /** An answer or a refusal, of which only the head is sent. */
    NO_BODY
  }

  private final TestFeatureServer server;
  private final Random random;
  private final Mutations mutations;
  private final GoodRequests goodRequests;
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
    this.goodRequests = new GoodRequests(random);
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
      if (kind < 300) {
        good();
      } else if (kind < 301) {
        huge();
      } else if (kind < 305) {
        bareSocket();
      } else if (kind < 360) {
        path();
      } else if (kind < 660) {
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

  /** The share of requests that were answered rather than refused. */
  double answeredShare() {
    Map<String, Long> all = outcomes();
    long answered = all.getOrDefault("http 200", 0L) + all.getOrDefault("grpc 0", 0L);
    return (double) answered / sent.get();
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
    send(
        RequestHeaders.builder(method, path),
        new byte[0],
        method == HttpMethod.HEAD ? Expected.NO_BODY : Expected.ANSWER_OR_REFUSAL);
  }

  /** Untouched, and so to be answered. */
  private void good() throws InterruptedException {
    if (random.nextBoolean()) {
      GoodRequests.Rest good = goodRequests.rest();
      RequestHeaders headers =
          RequestHeaders.builder(HttpMethod.POST, good.path())
              .add("content-type", "application/json")
              .build();
      byte[] body = good.body().getBytes(StandardCharsets.UTF_8);
      sendBy(random.nextBoolean() ? http1 : http2, headers, body, Expected.ANSWER);
    } else {
      GoodRequests.Grpc good = goodRequests.grpc();
      RequestHeaders headers =
          RequestHeaders.builder(HttpMethod.POST, good.path())
              .add("content-type", "application/grpc+proto")
              .add("te", "trailers")
              .build();
      sendBy(http2, headers, Mutations.framedWell(good.message()), Expected.ANSWER);
    }
  }

  private void rest() throws InterruptedException {
    GoodRequests.Rest good = goodRequests.rest();
    boolean infer = good.path().startsWith("/v2");
    byte[] body = random.nextInt(10) == 0 ? mutations.random(200) : mutations.json(good.body());
    RequestHeadersBuilder headers =
        RequestHeaders.builder(
            HttpMethod.POST,
            infer && random.nextInt(20) == 0 ? "/v2/models/nobody/infer" : good.path());
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
    send(headers, body, Expected.ANSWER_OR_REFUSAL);
  }

  private void grpc() throws InterruptedException {
    GoodRequests.Grpc good = goodRequests.grpc();
    String path = random.nextInt(50) == 0 ? good.path() + "x" : good.path();
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
    byte[] body = mutations.framed(mutations.protobuf(good.message()));
    sendBy(http2, headers.build(), body, Expected.ANSWER_OR_REFUSAL);
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
        Expected.ANSWER_OR_REFUSAL);
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

  private void send(RequestHeadersBuilder headers, byte[] body, Expected expected)
      throws InterruptedException {
    sendBy(random.nextBoolean() ? http1 : http2, headers.build(), body, expected);
  }

  private void sendBy(WebClient client, RequestHeaders headers, byte[] body, Expected expected)
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
                  judge(headers, body, answer, expected);
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
      RequestHeaders headers, byte[] body, AggregatedHttpResponse answer, Expected expected) {
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
    } else if (expected == Expected.ANSWER
        && (status != 200 || (grpc != null && !grpc.equals("0")))) {
      faults.add(
          shown(headers, body)
              + " is good, but was answered "
              + status
              + " "
              + grpc
              + " "
              + header(answer, "grpc-message")
              + " "
              + answer.contentUtf8());
    } else if (status >= 400 && grpc == null && expected != Expected.NO_BODY && !isError(answer)) {
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
