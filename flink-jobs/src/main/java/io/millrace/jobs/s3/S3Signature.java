package io.millrace.jobs.s3;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs a request as S3 wants it: AWS Signature Version 4, the whole content hashed, no query. See
 * "Signature Calculations for the Authorization Header" of the S3 API's reference. Stateless.
 */
final class S3Signature {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private S3Signature() {}

  /**
   * The headers that a request needs, with those that it has; all but the host.
   *
   * @param address as {@link S3Settings#address} makes it
   * @param own the request's own headers, names in small letters
   */
  static SortedMap<String, String> headers(
      S3Settings settings,
      String method,
      URI address,
      Map<String, String> own,
      byte[] content,
      Instant now) {
    String time = TIME.format(now);
    String hash = hex(sha256(content));
    SortedMap<String, String> headers = new TreeMap<>(own);
    headers.put("x-amz-content-sha256", hash);
    headers.put("x-amz-date", time);
    settings.sessionToken().ifPresent(token -> headers.put("x-amz-security-token", token));
    SortedMap<String, String> signed = new TreeMap<>(headers);
    signed.put("host", address.getAuthority());
    String names = String.join(";", signed.keySet());
    String request =
        String.join(
            "\n",
            method,
            address.getRawPath(),
            "",
            signed.entrySet().stream()
                .map(header -> header.getKey() + ":" + header.getValue().strip() + "\n")
                .collect(Collectors.joining()),
            names,
            hash);
    String scope = time.substring(0, 8) + "/" + settings.region() + "/s3/aws4_request";
    String text = String.join("\n", ALGORITHM, time, scope, hex(sha256(bytes(request))));
    byte[] key = bytes("AWS4" + settings.secretKey());
    for (String part : scope.split("/", -1)) {
      key = hmac(key, part);
    }
    headers.put(
        "authorization",
        ALGORITHM
            + " Credential="
            + settings.accessKey()
            + "/"
            + scope
            + ", SignedHeaders="
            + names
            + ", Signature="
            + hex(hmac(key, text)));
    return headers;
  }

  /** A path with every byte coded but letters, digits, {@code - . _ ~} and slashes. */
  static String coded(String path) {
    StringBuilder coded = new StringBuilder();
    for (byte one : bytes(path)) {
      char c = (char) (one & 0xff);
      if ((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || "-._~/".indexOf(c) >= 0) {
        coded.append(c);
      } else {
        coded.append(String.format(Locale.ROOT, "%%%02X", (int) c));
      }
    }
    return coded.toString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] sha256(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
