package io.millrace.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowsHttpTest {
  @TempDir static Path folder;

  private static TestServing server;

  @BeforeAll
  static void start() {
    server = TestServing.start(folder);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void shouldShowAViewsValuesWithStatusAndAge() {
    assertThat(server.get("/v1/features/shop?shop=s1").body())
        .isEqualTo(
            """
            {
              "name" : "shop",
              "rows" : [ {
                "keys" : {
                  "shop" : "s1"
                },
                "features" : {
                  "shop__mean_amount_10m" : {
                    "value" : null,
                    "status" : "NULL_VALUE",
                    "age" : "1m 0s",
                    "event_time" : "2026-08-01T11:59:00Z"
                  },
                  "shop__max_items_1d" : {
                    "value" : 4,
                    "status" : "PRESENT",
                    "age" : "1m 0s",
                    "event_time" : "2026-08-01T11:59:00Z"
                  }
                }
              } ]
            }""");
  }

  @Test
  void shouldAnswerAServiceRowByRow() {
    String body =
        server
            .post(
                "/v1/features/fraud_v1",
                """
                {"rows": [
                  {"card": "c2", "shop": "s1", "at": "2026-08-01T07:30:00Z"},
                  {"card": null, "shop": "s1", "at": 1785542400000, "amount": 3}]}
                """)
            .body();

    assertThat(body.replaceAll("\\s+", ""))
        .contains(
            "\"keys\":{\"card\":\"c2\",\"shop\":\"s1\"}",
            "\"amount\":{\"value\":null,\"status\":\"NULL_VALUE\"},"
                + "\"hour\":{\"value\":7,\"status\":\"PRESENT\"},"
                + "\"card__payments_1h\":{\"value\":0,\"status\":\"OUTSIDE_MAX_AGE\","
                + "\"age\":\"3d0h\",\"event_time\":\"2026-07-29T12:00:00Z\"}",
            "\"amount\":{\"value\":3.0,\"status\":\"PRESENT\"},"
                + "\"hour\":{\"value\":0,\"status\":\"PRESENT\"},"
                + "\"card__payments_1h\":{\"value\":0,\"status\":\"NOT_FOUND\"}");
  }

  @Test
  void shouldListWhatThereIsWithItsColumns() {
    assertThat(server.get("/v1/features").body().replaceAll("\\s+", ""))
        .contains(
            "\"services\":[{\"name\":\"fraud_v1\",\"columns\":{\"card\":\"STRING,key\","
                + "\"shop\":\"STRING,key\",\"amount\":\"FLOAT64,maybeleftout\",\"at\":\"TIMESTAMP\"}",
            "{\"name\":\"shop\",\"columns\":{\"shop\":\"STRING,key\"},\"features\":"
                + "{\"shop__mean_amount_10m\":\"FLOAT64\",\"shop__max_items_1d\":\"INT64\"}}");
  }

  @Test
  void shouldCountRequestsRowsAndStatusesForPrometheus() {
    server.get("/v1/features/card?card=c1&card=nobody");
    server.get("/v1/features/card");

    TestServing.Reply metrics = server.get("/metrics");

    assertThat(metrics.contentType()).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    assertThat(metrics.body())
        .containsPattern(
            "millrace_serve_requests_seconds_bucket\\{api=\"rows\",outcome=\"ok\",le=\"8.0E-4\"\\} \\d")
        .containsPattern(
            "millrace_serve_requests_seconds_count\\{api=\"rows\",outcome=\"invalid\"\\} [1-9]")
        .containsPattern("millrace_serve_rows_total\\{api=\"rows\"\\} [2-9]")
        .containsPattern("millrace_serve_values_total\\{status=\"not_found\"\\} [3-9]")
        .contains("millrace_serve_ready 1");
  }

  @Test
  void shouldShowItsDocumentationWithoutAnyoneElse() {
    assertThat(server.get("/docs").body())
        .contains("openapi.json")
        .doesNotContain("http://", "https://", "//cdn");
    assertThat(server.get("/openapi.json").body())
        .contains("\"openapi\": \"3.1.0\"", "\"/get-online-features\"", "\"/v1/features/{name}\"")
        .contains("\"/v2/models/{model}/infer\"", "\"/v2/health/ready\"");
    assertThat(server.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
    assertThat(server.get("/health/live").status()).isEqualTo(200);
  }

  @Test
  void shouldAnswerHotKeysFromMemoryForAsLongAsAllowed(@TempDir Path other) {
    ServingConfig hot = new ServingConfig(10, java.util.Optional.of(Duration.ofHours(1)), 1_000);
    try (TestServing cached = TestServing.start(other, hot)) {
      String first = cached.get("/v1/features/card?card=c1&card=c1&card=c2").body();

      assertThat(cached.get("/v1/features/card?card=c1&card=c1&card=c2").body()).isEqualTo(first);

      assertThat(cached.reads).hasValue(1);
      assertThat(cached.keysRead).hasValue(2);
      assertThat(cached.serving.hotKeyHits()).isEqualTo(2);
    }
  }
}
