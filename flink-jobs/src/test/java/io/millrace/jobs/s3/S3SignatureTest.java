package io.millrace.jobs.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class S3SignatureTest {
  private static final String KEY = "AKIAIOSFODNN7EXAMPLE";
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

  /** "Example: PUT Object" of the S3 API's reference. */
  @Test
  void shouldSignThePublishedExample() {
    S3Settings settings = settings(Map.of("s3.access-key", KEY, "s3.secret-key", SECRET));
    URI address = settings.address(URI.create("s3://examplebucket/test$file.text"));

    Map<String, String> headers =
        S3Signature.headers(
            settings,
            "PUT",
            URI.create("https://examplebucket.s3.amazonaws.com" + address.getRawPath()),
            Map.of(
                "date", "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class", "REDUCED_REDUNDANCY"),
            "Welcome to Amazon S3.".getBytes(StandardCharsets.UTF_8),
            Instant.parse("2013-05-24T00:00:00Z"));

    assertThat(address)
        .hasToString("https://examplebucket.s3.us-east-1.amazonaws.com/test%24file.text");
    assertThat(headers.get("authorization"))
        .isEqualTo(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + " SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
                + " Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  }

  @Test
  void shouldFindServerAndKeysAsThePluginsDo() {
    S3Settings own =
        settings(
            Map.of(
                "fs.s3a.access.key",
                KEY,
                "s3.secret-key",
                SECRET,
                "s3.endpoint",
                "store.example:9000",
                "s3.connection.ssl.enabled",
                "false"));
    assertThat(own.address(URI.create("s3://lake/a%20b/ü")))
        .hasToString("http://store.example:9000/lake/a%20b/%C3%BC");
    assertThat(own).hasToString("http://store.example:9000 in us-east-1");
    assertThat(
            settings(
                    Map.of(
                        "s3.access-key", KEY,
                        "s3.secret-key", SECRET,
                        "s3.endpoint", "https://s3.eu-central-1.amazonaws.com"))
                .region())
        .isEqualTo("eu-central-1");
    assertThat(
            S3Settings.of(
                    new Configuration(),
                    Map.of(
                        "AWS_ACCESS_KEY_ID", KEY,
                        "AWS_SECRET_ACCESS_KEY", SECRET,
                        "AWS_SESSION_TOKEN", "lent"))
                .orElseThrow()
                .sessionToken())
        .contains("lent");
    assertThat(S3Settings.of(new Configuration(), Map.of())).as("a role lends them").isEmpty();
    assertThat(
            S3Settings.of(
                Configuration.fromMap(
                    Map.of(
                        "s3.access-key", KEY,
                        "s3.secret-key", SECRET,
                        "s3.aws.credentials.provider", "x.Provider")),
                Map.of()))
        .as("others than the plugin's")
        .isEmpty();
    assertThatThrownBy(
            () ->
                settings(
                    Map.of("s3.access-key", KEY, "s3.secret-key", SECRET, "s3.endpoint", "a b")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "s3.endpoint must be an address such as https://s3.eu-central-1.amazonaws.com, but it"
                + " is a b");
  }

  private static S3Settings settings(Map<String, String> flink) {
    return S3Settings.of(Configuration.fromMap(flink), Map.of()).orElseThrow();
  }
}
