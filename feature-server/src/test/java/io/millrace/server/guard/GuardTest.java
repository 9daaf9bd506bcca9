package io.millrace.server.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.TlsKeyPair;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.feature.TestFeatures;
import io.millrace.online.rocksdb.RocksDbOnlineStore;
import io.millrace.server.serve.FeatureServing;
import io.millrace.server.serve.ServeOptions;
import io.millrace.server.serve.ServeServer;
import io.millrace.server.serve.ServeSite;
import io.millrace.server.serve.ServingConfig;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardTest {
  private static final String TOKEN = "0123456789abcdef0123";

  @TempDir Path folder;
  private final CompletableFuture<Void> later = new CompletableFuture<>();
  private MeterRegistry registry;
  private GuardModule module;
  private FeatureServing serving;
  private ServeServer server;

  private void start(GuardOptions options) {
    module = new GuardModule(options, path -> path.startsWith("/health/"));
    serving =
        FeatureServing.of(
            TestFeatures.definitions(),
            views -> RocksDbOnlineStore.open(folder.resolve("online"), views),
            InstantSource.system(),
            ServingConfig.DEFAULT);
    server =
        ServeServer.start(
            ServeOptions.at("127.0.0.1", 0), serving, List.of(this::addServices, module));
  }

  private void addServices(ServeSite site) {
    registry = site.metrics().registry();
    site.http()
        .service(
            "/echo",
            (context, request) ->
                HttpResponse.of(
                    request.aggregate().thenApply(whole -> HttpResponse.of(whole.contentUtf8()))))
        .service(
            "/later",
            (context, request) -> HttpResponse.of(later.thenApply(any -> HttpResponse.of(200))))
        .service("/health/ping", (context, request) -> HttpResponse.of("alive"));
  }

  @AfterEach
  void stop() {
    later.complete(null);
    if (server != null) {
      server.close();
      module.close();
      serving.close();
    }
  }

  private WebClient client() {
    return WebClient.of("http://127.0.0.1:" + server.port());
  }

  private AggregatedHttpResponse get(String path, String... headers) {
    return client()
        .execute(
            RequestHeaders.builder(HttpMethod.GET, path)
                .add(
                    headers.length == 0
                        ? com.linecorp.armeria.common.HttpHeaders.of()
                        : com.linecorp.armeria.common.HttpHeaders.of(headers[0], headers[1]))
                .build())
        .aggregate()
        .join();
  }

  private static void await(BooleanSupplier so) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!so.getAsBoolean()) {
      assertThat(System.nanoTime()).as("30 s of waiting").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private double denied(Denial denial) {
    return registry.get("millrace.guard.denied").tag("reason", denial.label()).counter().count();
  }

  @Test
  void shouldAskForATokenEverywhereButAtTheHealth() throws Exception {
    Path file = folder.resolve("tokens");
    Files.writeString(file, "# for the shop\n\n" + TOKEN + "\n");
    start(GuardOptions.open().withTokens(ApiTokens.ofFile(file)));

    AggregatedHttpResponse without = get("/echo");
    assertThat(without.status().code()).isEqualTo(401);
    assertThat(without.contentUtf8())
        .isEqualTo(
            "{\"error\":\"a token is needed; send the header Authorization: Bearer TOKEN\",\"kind\":\"unauthenticated\"}");
    assertThat(without.headers().get("www-authenticate")).isEqualTo("Bearer");
    assertThat(get("/echo", "authorization", "Bearer " + TOKEN + "x").status().code())
        .isEqualTo(401);
    assertThat(get("/echo", "authorization", "Bearer " + TOKEN).status().code()).isEqualTo(200);
    assertThat(get("/health/ping").status().code()).isEqualTo(200);
    await(() -> denied(Denial.UNAUTHENTICATED) == 2);
  }

  @Test
  void shouldSpeakGrpcToGrpcCallers() {
    start(GuardOptions.open().withTokens(ApiTokens.ofText(TOKEN, "the test")));

    AggregatedHttpResponse answer = get("/echo", "content-type", "application/grpc");

    assertThat(answer.status().code()).isEqualTo(200);
    assertThat(answer.headers().get("grpc-status")).isEqualTo("16");
    assertThat(answer.headers().get("grpc-message")).startsWith("a%20token%20is%20needed");
  }

  @Test
  void shouldRefuseShortTokensAndNeverPrintOne() {
    assertThatThrownBy(() -> ApiTokens.ofText("hunter2", "the variable"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("token 1 of the variable is too short")
        .hasMessageNotContaining("hunter2");
    assertThatThrownBy(() -> ApiTokens.ofText(" , ", "the variable"))
        .hasMessage("the variable holds no token; give one a line");
    assertThat(ApiTokens.ofText(TOKEN, "x").toString()).isEqualTo("1 tokens");
  }

  @Test
  void shouldNotOpenItselfToTheNetworkUnasked() throws Exception {
    InetAddress all = InetAddress.getByName("0.0.0.0");

    assertThatThrownBy(() -> Guard.requireProtected(all, GuardOptions.open(), false))
        .hasMessageContaining("0.0.0.0 is not loopback")
        .hasMessageContaining("MILLRACE_API_TOKENS")
        .hasMessageContaining("--insecure");
    Guard.requireProtected(all, GuardOptions.open(), true);
    Guard.requireProtected(InetAddress.getLoopbackAddress(), GuardOptions.open(), false);
    Guard.requireProtected(
        all, GuardOptions.open().withTokens(ApiTokens.ofText(TOKEN, "x")), false);
  }

  @Test
  void shouldRefuseDeadlinesThatAreNone() {
    start(GuardOptions.open());

    for (String deadline : List.of("-5", "0", "soon", "99999999999", "1.5")) {
      AggregatedHttpResponse answer = get("/echo", "x-request-timeout-ms", deadline);
      assertThat(answer.status().code()).as(deadline).isEqualTo(400);
      assertThat(answer.contentUtf8())
          .contains("the header X-Request-Timeout-Ms is '" + deadline + "'; give a whole number");
    }
    assertThat(get("/echo", "x-request-timeout-ms", "5000").status().code()).isEqualTo(200);
    await(() -> denied(Denial.INVALID) == 5);
  }

  @Test
  void shouldAnswer504AfterTheDeadline() {
    start(GuardOptions.open());

    AggregatedHttpResponse answer = get("/later", "x-request-timeout-ms", "30");

    assertThat(answer.status().code()).isEqualTo(504);
    assertThat(answer.contentUtf8()).contains("\"kind\":\"deadline\"", "not answered within");
    // Counted when the request is over, a moment after its answer.
    await(() -> denied(Denial.DEADLINE) == 1);
  }

  @Test
  void shouldTurnAwayWhatIsMoreThanTheLimit() {
    start(GuardOptions.open().withAdmission(Duration.ofMillis(100), 2, 2));
    WebClient client = client();
    List<CompletableFuture<AggregatedHttpResponse>> inside =
        List.of(client.get("/later").aggregate(), client.get("/later").aggregate());
    await(() -> registry.get("millrace.guard.inside").gauge().value() == 2);

    AggregatedHttpResponse answer = get("/later");

    assertThat(answer.status().code()).isEqualTo(429);
    assertThat(answer.headers().get("retry-after")).isEqualTo("1");
    assertThat(answer.contentUtf8()).contains("2 requests are being answered");
    assertThat(get("/health/ping").status().code())
        .as("health is never turned away")
        .isEqualTo(200);
    await(() -> denied(Denial.BUSY) == 1);
    later.complete(null);
    inside.forEach(one -> assertThat(one.join().status().code()).isEqualTo(200));
    await(() -> registry.get("millrace.guard.inside").gauge().value() == 0);
    assertThat(get("/echo").status().code()).isEqualTo(200);
  }

  @Test
  void shouldRefuseBodiesThatAreTooLargeWithAndWithoutALength() {
    start(GuardOptions.open());

    AggregatedHttpResponse told = client().post("/echo", new byte[5 << 20]).aggregate().join();
    AggregatedHttpResponse untold =
        client()
            .execute(
                HttpRequest.of(
                    RequestHeaders.of(HttpMethod.POST, "/echo"),
                    com.linecorp.armeria.common.stream.StreamMessage.of(
                        HttpData.wrap(new byte[3 << 20]), HttpData.wrap(new byte[3 << 20]))))
            .aggregate()
            .join();

    assertThat(told.status().code()).isEqualTo(413);
    assertThat(told.contentUtf8()).contains("\"kind\":\"too-large\"", "send fewer rows");
    assertThat(untold.status().code()).isEqualTo(413);
    assertThat(untold.contentUtf8()).contains("\"kind\":\"too-large\"", "send fewer rows");
    await(() -> denied(Denial.TOO_LARGE) == 2);
  }

  @Test
  void shouldTakeAChangedCertificateAndKeepTheOldOneWhereTheNewIsBroken() throws Exception {
    Path certificate = folder.resolve("server.crt");
    Path key = folder.resolve("server.key");
    TlsKeyPair first = write(certificate, key, 1);
    ReloadingTls tls =
        new ReloadingTls(new GuardOptions.TlsFiles(certificate, key), Duration.ofHours(1));
    assertThat(serial(tls)).isEqualTo(serial(first));

    TlsKeyPair second = write(certificate, key, 2);
    tls.refresh();
    assertThat(serial(tls)).isEqualTo(serial(second)).isNotEqualTo(serial(first));
    Files.writeString(certificate, "no certificate");
    touch(certificate, 3);
    tls.refresh();

    assertThat(serial(tls)).isEqualTo(serial(second));
    assertThat(tls.reloads()).isEqualTo(1);
    assertThat(tls.failures()).isEqualTo(1);
    tls.close();
    assertThatThrownBy(
            () ->
                new ReloadingTls(new GuardOptions.TlsFiles(certificate, key), Duration.ofHours(1)))
        .hasMessageStartingWith("the certificate " + certificate + " with the key " + key);
  }

  @Test
  void shouldServeOverTls() throws Exception {
    Path certificate = folder.resolve("server.crt");
    Path key = folder.resolve("server.key");
    write(certificate, key, 1);
    start(GuardOptions.open().withTls(new GuardOptions.TlsFiles(certificate, key)));

    try (ClientFactory anyCertificate = ClientFactory.insecure()) {
      AggregatedHttpResponse answer =
          WebClient.builder("https://127.0.0.1:" + server.port())
              .factory(anyCertificate)
              .build()
              .get("/health/ping")
              .aggregate()
              .join();
      assertThat(answer.contentUtf8()).isEqualTo("alive");
    }
  }

  private static Object serial(ReloadingTls tls) {
    return serial(tls.keyPair("any"));
  }

  private static Object serial(TlsKeyPair pair) {
    return ((X509Certificate) pair.certificateChain().get(0)).getSerialNumber();
  }

  private static TlsKeyPair write(Path certificate, Path key, int second) throws Exception {
    TlsKeyPair pair = TlsKeyPair.ofSelfSigned("localhost");
    pem(certificate, "CERTIFICATE", pair.certificateChain().get(0).getEncoded());
    pem(key, "PRIVATE KEY", pair.privateKey().getEncoded());
    touch(certificate, second);
    touch(key, second);
    return pair;
  }

  private static void touch(Path file, int second) throws Exception {
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000L + second)));
  }

  private static void pem(Path file, String what, byte[] bytes) throws Exception {
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(("-----BEGIN " + what + "-----\n").getBytes());
      out.write(Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(bytes));
      out.write(("\n-----END " + what + "-----\n").getBytes());
    }
  }
}
