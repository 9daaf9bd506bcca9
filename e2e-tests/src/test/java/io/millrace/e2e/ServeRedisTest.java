package io.millrace.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.TlsKeyPair;
import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.vector.VectorPlan;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineView;
import io.millrace.online.redis.RedisConfig;
import io.millrace.online.redis.RedisOnlineStore;
import io.millrace.server.platform.ChildProcess;
import io.millrace.server.platform.Jvm;
import io.millrace.server.platform.RedisServer;
import io.millrace.server.platform.WorkFolder;
import io.millrace.server.serve.feast.proto.FieldStatus;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesRequest;
import io.millrace.server.serve.feast.proto.GetOnlineFeaturesResponse;
import io.millrace.server.serve.feast.proto.ServingServiceGrpc.ServingServiceBlockingStub;
import io.millrace.server.serve.feast.proto.ValueProto.RepeatedValue;
import io.millrace.server.serve.feast.proto.ValueProto.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace serve} as a process of its own, before a real Redis. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ServeRedisTest {
  private static final Path HOME = Path.of("..");
  private static final Path FLIGHTS = HOME.resolve("feature-definitions/flights");
  private static final Pattern URL = Pattern.compile("views at (https?)://127\\.0\\.0\\.1:(\\d+)");
  private static final Instant SEEN = Instant.parse("2013-06-30T23:00:00Z");
  private static final String TOKEN = "0123456789abcdef";
  private static final String CARRIERS =
      "{\"features\":[\"carrier:arrivals_3h\",\"carrier:mean_delay_3h\"],"
          + "\"entities\":{\"carrier\":[\"UA\",\"XX\"]}}";

  @TempDir static Path temp;
  private static WorkFolder work;
  private static RedisServer redis;

  @BeforeAll
  static void start() throws Exception {
    work = WorkFolder.open(temp.resolve("work"));
    redis = RedisServer.start(work, HOME);
    Definitions definitions = DefinitionFiles.load(FLIGHTS, Map.of());
    OnlineView carrier =
        VectorPlan.of(definitions.service("delay_v1"), definitions).lookups().stream()
            .filter(lookup -> lookup.view().name().equals("carrier"))
            .map(lookup -> OnlineView.of(lookup.view(), lookup.aggregator().rowSchema()))
            .findFirst()
            .orElseThrow();
    Values values = new Values(carrier.schema().size());
    values.setLong(carrier.schema().requireIndexOf("arrivals_3h"), 23);
    values.setDouble(carrier.schema().requireIndexOf("mean_delay_3h"), 25.5);
    long seenMs = SEEN.toEpochMilli();
    try (OnlineStore store =
        RedisOnlineStore.open(RedisConfig.at(redis.address()).build(), List.of(carrier))) {
      store.put(
          List.of(new FeatureRow(carrier.id(), EntityKey.of("UA"), seenMs, seenMs, 1, values)));
    }
  }

  @AfterAll
  static void stop() {
    try (WorkFolder folder = work;
        RedisServer server = redis) {
      assertThat(folder).isNotNull();
      assertThat(server.process().isAlive()).isTrue();
    }
  }

  private static ChildProcess serve(String name, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Jvm.program(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.millrace.server.Millrace",
                "serve",
                "--definitions",
                FLIGHTS.toAbsolutePath().toString(),
                "--online",
                "redis:" + redis.address(),
                "--as-of",
                "2013-07-01",
                "--port",
                "0"));
    command.addAll(List.of(more));
    ChildProcess process = ChildProcess.start(work, name, command, Map.of());
    process.awaitReady(() -> URL.matcher(log(process)).find(), Duration.ofSeconds(60));
    return process;
  }

  private static String log(ChildProcess process) {
    try {
      return Files.readString(process.log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Matcher url(ChildProcess process) {
    Matcher url = URL.matcher(log(process));
    assertThat(url.find()).as(log(process)).isTrue();
    return url;
  }

  @Test
  void shouldAnswerRestAndGrpcFromRedis() {
    try (ChildProcess server = serve("serve")) {
      Matcher url = url(server);
      assertThat(url.group(1)).isEqualTo("http");
      String base = "http://127.0.0.1:" + url.group(2);

      AggregatedHttpResponse rest =
          WebClient.of(base).post("/get-online-features", CARRIERS).aggregate().join();

      assertThat(rest.contentUtf8())
          .contains(
              "\"values\":[23,0],\"statuses\":[\"PRESENT\",\"NOT_FOUND\"]",
              "\"values\":[25.5,null]",
              "\"2013-06-30T23:00:00Z\"");
      GetOnlineFeaturesResponse grpc =
          GrpcClients.newClient("gproto+" + base + "/", ServingServiceBlockingStub.class)
              .getOnlineFeatures(
                  GetOnlineFeaturesRequest.newBuilder()
                      .setFeatures(
                          io.millrace.server.serve.feast.proto.FeatureList.newBuilder()
                              .addVal("carrier:mean_delay_3h"))
                      .putEntities(
                          "carrier",
                          RepeatedValue.newBuilder()
                              .addVal(Value.newBuilder().setStringVal("UA"))
                              .build())
                      .build());
      assertThat(grpc.getResults(1).getValues(0).getDoubleVal()).isEqualTo(25.5);
      assertThat(grpc.getResults(1).getStatuses(0)).isEqualTo(FieldStatus.PRESENT);
      assertThat(grpc.getResults(1).getEventTimestamps(0).getSeconds())
          .isEqualTo(SEEN.getEpochSecond());
    }
  }

  @Test
  void shouldSpeakTlsAndAskForTokens() throws Exception {
    TlsKeyPair pair = TlsKeyPair.ofSelfSigned("localhost");
    Path certificate =
        pem("server.crt", "CERTIFICATE", pair.certificateChain().get(0).getEncoded());
    Path key = pem("server.key", "PRIVATE KEY", pair.privateKey().getEncoded());
    Path tokens = Files.writeString(temp.resolve("tokens"), TOKEN + "\n");
    try (ChildProcess server =
            serve(
                "serve-tls",
                "--tls-certificate",
                certificate.toString(),
                "--tls-key",
                key.toString(),
                "--tokens",
                tokens.toString());
        ClientFactory anyCertificate = ClientFactory.insecure()) {
      Matcher url = url(server);
      assertThat(url.group(1)).isEqualTo("https");
      WebClient client =
          WebClient.builder("https://127.0.0.1:" + url.group(2)).factory(anyCertificate).build();

      assertThat(client.post("/get-online-features", CARRIERS).aggregate().join().status().code())
          .isEqualTo(401);
      assertThat(
              client
                  .execute(
                      RequestHeaders.of(
                          HttpMethod.POST,
                          "/get-online-features",
                          "authorization",
                          "Bearer " + TOKEN),
                      CARRIERS)
                  .aggregate()
                  .join()
                  .contentUtf8())
          .contains("\"values\":[25.5,null]");
    }
  }

  private static Path pem(String name, String what, byte[] bytes) throws IOException {
    return Files.writeString(
        temp.resolve(name),
        "-----BEGIN %s-----%n%s%n-----END %s-----%n"
            .formatted(
                what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes), what));
  }
}
