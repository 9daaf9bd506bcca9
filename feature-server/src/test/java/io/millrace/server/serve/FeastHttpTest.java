package io.millrace.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeastHttpTest {
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
  void shouldAnswerColumnsWithStatusesAndTimesKeysFirst() {
    TestServing.Reply reply =
        server.post(
            "/get-online-features",
            """
            {"features": ["card:payments_1h", "card@v1:last_amount"],
             "entities": {"card": ["c1", "c2", "nobody", null]}}
            """);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.contentType()).isEqualTo("application/json; charset=utf-8");
    assertThat(reply.body())
        .isEqualToIgnoringWhitespace(
            """
            {"metadata":{"feature_names":["card","payments_1h","last_amount"]},
             "results":[
              {"values":["c1","c2","nobody",null],
               "statuses":["PRESENT","PRESENT","PRESENT","NULL_VALUE"],
               "event_timestamps":["1970-01-01T00:00:00Z","1970-01-01T00:00:00Z",
                "1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},
              {"values":[3,0,0,0],
               "statuses":["PRESENT","OUTSIDE_MAX_AGE","NOT_FOUND","NOT_FOUND"],
               "event_timestamps":["2026-08-01T10:59:59.500Z","2026-07-29T12:00:00Z",
                "1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},
              {"values":[7.25,null,null,null],
               "statuses":["PRESENT","OUTSIDE_MAX_AGE","NOT_FOUND","NOT_FOUND"],
               "event_timestamps":["2026-08-01T10:59:59.500Z","2026-07-29T12:00:00Z",
                "1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]}]}
            """);
  }

  @Test
  void shouldTellANullValueFromAKeyThatIsNotFound() {
    assertThat(
            server
                .post(
                    "/get-online-features?status=true",
                    """
                    {"features": ["shop:mean_amount_10m"], "entities": {"shop": ["s1", "s2"]},
                     "full_feature_names": true}
                    """)
                .body())
        .contains(
            "\"feature_names\":[\"shop\",\"shop__mean_amount_10m\"]",
            "\"values\":[null,null],\"statuses\":[\"NULL_VALUE\",\"NOT_FOUND\"]");
  }

  @Test
  void shouldComputeRequestTimeFeaturesFromContextAndLeaveStatusesOutIfAsked() {
    assertThat(
            server
                .post(
                    "/get-online-features?status=false",
                    """
                    {"feature_service": "fraud_v1",
                     "entities": {"card": ["c1", "c2"], "shop": ["s1", "s1"]},
                     "request_context": {"amount": [12.5, null],
                      "at": ["2026-08-01T07:30:00Z", 1785542400]},
                     "include_feature_view_version_metadata": true}
                    """)
                .body())
        .isEqualToIgnoringWhitespace(
            """
            {"metadata":{"feature_names":["card","shop","amount","hour","payments_1h","spent_1h",
              "last_amount","mean_amount_10m"],
              "feature_view_metadata":[{"name":"card","version":1},{"name":"shop","version":1}]},
             "results":[{"values":["c1","c2"]},{"values":["s1","s1"]},{"values":[12.5,null]},
              {"values":[7,0]},{"values":[3,0]},{"values":[20.5,0.0]},{"values":[7.25,null]},
              {"values":[null,null]}]}
            """);
  }

  @Test
  void shouldAskTheStoreOnceForAllRowsAndForEachKeyOnce() {
    int reads = server.reads.get();
    int keys = server.keysRead.get();

    server.post(
        "/get-online-features",
        """
        {"feature_service": "fraud_v1",
         "entities": {"card": ["c1", "c2", "c1"], "shop": ["s1", "s1", "s1"],
          "at": [0, 0, 0]}}
        """);

    assertThat(server.reads.get() - reads).isEqualTo(1);
    assertThat(server.keysRead.get() - keys).isEqualTo(3);
  }

  @Test
  void shouldAnswerNoRowsWithNoValues() {
    assertThat(
            server
                .post(
                    "/get-online-features?status=false",
                    "{\"features\": [\"card:payments_1h\"], \"entities\": {\"card\": []}}")
                .body())
        .isEqualTo(
            "{\"metadata\":{\"feature_names\":[\"card\",\"payments_1h\"]},"
                + "\"results\":[{\"values\":[]},{\"values\":[]}]}");
  }
}
