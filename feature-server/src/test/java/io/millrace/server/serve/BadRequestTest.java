package io.millrace.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every error has one shape, a kind, and a message with the name and the fix. */
class BadRequestTest {
  private static final String FEAST = "/get-online-features";

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

  private static void assertRefused(
      TestServing.Reply reply, int status, String kind, String message) {
    assertThat(reply)
        .isEqualTo(
            new TestServing.Reply(
                status,
                "application/json; charset=utf-8",
                "{\"error\":\"" + message.replace("\"", "\\\"") + "\",\"kind\":\"" + kind + "\"}"));
  }

  private static void assertInvalid(String body, String message) {
    assertRefused(server.post(FEAST, body), 400, "invalid", message);
  }

  @Test
  void shouldNameTheNearestServiceViewAndFeature() {
    assertRefused(
        server.post(FEAST, "{\"feature_service\": \"fraud_v2\", \"entities\": {}}"),
        404,
        "unknown",
        "there is no feature service fraud_v2; did you mean fraud_v1?");
    assertRefused(
        server.post(FEAST, "{\"features\": [\"crad:x\"], \"entities\": {}}"),
        404,
        "unknown",
        "there is no feature view crad; did you mean card?");
    assertRefused(
        server.post(FEAST, "{\"features\": [\"card:payments_1\"], \"entities\": {}}"),
        404,
        "unknown",
        "there is no feature card:payments_1; did you mean card:payments_1h?");
    assertRefused(
        server.post(FEAST, "{\"features\": [\"card@v2:payments_1h\"], \"entities\": {}}"),
        404,
        "unknown",
        "the feature view card is served in version 1, not 2; ask for card@v1:payments_1h");
    assertRefused(
        server.get("/v1/features/shpo"),
        404,
        "unknown",
        "there is no feature service or view shpo; did you mean shop?");
  }

  @Test
  void shouldSayWhichValueIsOfTheWrongType() {
    assertInvalid(
        "{\"features\": [\"card:payments_1h\"], \"entities\": {\"card\": [\"c1\", 7]}}",
        "entities.card[1] is the number 7, but card is STRING; send a text: \"7\"");
    assertInvalid(
        """
        {"feature_service": "fraud_v1", "entities": {"card": ["c"], "shop": ["s"], "at": [true]}}
        """,
        "entities.at[0] is true, but at is TIMESTAMP; send a time as 2013-07-01T12:00:00Z or in"
            + " seconds since 1970");
    assertInvalid(
        """
        {"feature_service": "fraud_v1", "entities": {"card": ["c"], "shop": ["s"],
         "at": [1785542400000]}}
        """,
        "entities.at[0] is the number 1785542400000, but at is TIMESTAMP; send a time as"
            + " 2013-07-01T12:00:00Z or in seconds since 1970");
  }

  @Test
  void shouldListAllMissingColumnsWithWhatNeedsThem() {
    assertInvalid(
        "{\"feature_service\": \"fraud_v1\", \"entities\": {\"shop\": [\"s1\"]}}",
        "the request has no column card (a key of the view card), at (read by the feature hour);"
            + " add them to entities, one value a row");
    assertRefused(
        server.get("/v1/features/card"),
        400,
        "invalid",
        "the request has no column card (a key of the view card); add it to entities, one value a"
            + " row");
    assertRefused(
        server.post("/v1/features/card", "{\"rows\": [{\"card\": \"c1\"}, {}]}"),
        400,
        "invalid",
        "rows[1] has no card (a key of the view card); add it, or null if there is none");
  }

  @Test
  void shouldRefuseColumnsThatNothingReadsOrOfUnequalLength() {
    assertInvalid(
        "{\"features\": [\"card:payments_1h\"], \"entities\": {\"cards\": [\"c1\"]}}",
        "features reads no column cards; did you mean card?");
    assertInvalid(
        """
        {"features": ["card:payments_1h", "shop:max_items_1d"],
         "entities": {"card": ["c1", "c2"], "shop": ["s1"]}}
        """,
        "the columns must have one value a row, but card has 2 and shop has 1");
    assertInvalid(
        """
        {"features": ["card:payments_1h"], "entities": {"card": ["c1"]},
         "request_context": {"card": ["c1"]}}
        """,
        "the column card stands both in entities and in request_context; give it once");
  }

  @Test
  void shouldSayWhereJsonEndsToBeJson() {
    assertRefused(
        server.post(FEAST, "{\"features\": [\n  \"card:payments_1h\",,]}"),
        400,
        "invalid",
        "the body is no JSON that can be read: Unexpected character (',' (code 44)): expected a"
            + " value (line 2, column 22)");
    assertInvalid("", "the body is empty; send a JSON object");
    assertInvalid("[1]", "the body must be an object, but is a list (line 1, column 1)");
    assertInvalid(
        "{\"entities\": {\"card\": \"c1\"}}",
        "entities.card must be a list, but is a text (line 1, column 23)");
    assertInvalid(
        "{\"entity\": {}}",
        "the body has no member entity; did you mean entities? (line 1, column 12)");
    assertInvalid("{} {}", "something follows the end of the JSON (line 1, column 4)");
  }

  @Test
  void shouldRefuseTextThatIsNotUtf8() {
    byte[] body = "{\"features\": [\"card:payments_1h\"]}".getBytes(StandardCharsets.UTF_8);
    body[16] = (byte) 0xFF;

    assertRefused(
        server.post(FEAST, body),
        400,
        "invalid",
        "the body is not UTF-8, from byte 16 on or soon after");
  }

  @Test
  void shouldRefuseAMillionRowsAndTenMegabytes() {
    String million =
        "{\"features\": [\"card:payments_1h\"], \"entities\": {\"card\": ["
            + IntStream.range(0, 1_000_000).mapToObj(i -> "1").collect(Collectors.joining(","))
            + "]}}";
    assertRefused(
        server.post(FEAST, million),
        413,
        "too-large",
        "the request has 1000000 rows, but one request may have 10000; send several requests, or"
            + " read the offline store for so many");
    assertRefused(
        server.post(FEAST, new byte[10_000_000]),
        413,
        "too-large",
        "the body is longer than 4194304 bytes; send fewer rows in a request");
  }

  @Test
  void shouldGiveErrorsOfTheServerTheSameShape() {
    assertRefused(
        server.get("/get-features"),
        404,
        "unknown",
        "there is no GET /get-features; GET /docs shows what there is");
    assertRefused(
        server.get(FEAST),
        405,
        "method",
        "there is no GET /get-online-features, only with another method; see GET /docs");
  }

  @Test
  void shouldNotAnswerAServiceAndAListAtOnceNorNeither() {
    assertInvalid(
        "{\"feature_service\": \"fraud_v1\", \"features\": [\"card:payments_1h\"], \"entities\": {}}",
        "the request names the feature service fraud_v1 and features too; name one of them");
    assertInvalid(
        "{\"entities\": {}}",
        "the request names no features; name a feature_service, one of fraud_v1, or features as"
            + " [\"view:feature\"]");
    assertInvalid(
        "{\"features\": [\"payments_1h\"], \"entities\": {}}",
        "a feature is named view:feature or view@v2:feature, but one is payments_1h");
  }

  @Test
  void shouldRefuseAFeatureThatIsAskedForTwiceUnderTwoNames() {
    assertInvalid(
        "{\"features\": [\"card:payments_1h\", \"card@v1:payments_1h\"], \"entities\": {}}",
        "card:payments_1h is asked for twice; name it once");
  }

  @Test
  void shouldRefuseHalfACharacterAndShowNone() {
    assertInvalid(
        "{\"features\": [\"card:payments_1h\"], \"entities\": {\"card\": [\"c\\ud800\"]}}",
        "entities.card[0] is the text \"c\uFFFD\", but card is STRING; send a text of whole"
            + " characters");
    assertRefused(
        server.post(FEAST, "{\"feature_service\": \"\\udc00\\u0000\", \"entities\": {}}"),
        404,
        "unknown",
        "there is no feature service \uFFFD\uFFFD; there are fraud_v1");
  }
}
