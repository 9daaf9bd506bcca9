package io.millrace.jobs.s3;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;

/**
 * Where an S3 server is and who asks it, as Flink's S3 plugins are told: by the keys {@code s3.*}
 * of Flink's configuration, then by the environment. Never shown: {@link #toString} names no key.
 *
 * @param endpoint scheme, host and port
 * @param pathStyle whether the bucket is in the path, and not in the host's name
 * @param sessionToken of keys that are lent; else empty
 */
record S3Settings(
    URI endpoint,
    String region,
    boolean pathStyle,
    String accessKey,
    String secretKey,
    Optional<String> sessionToken) {
  private static final List<String> PREFIXES = List.of("s3.", "s3a.", "fs.s3a.");
  // Of the plugin's settings, what a request here would have to keep, too, and does not.
  private static final List<String> OTHERS =
      List.of(
          "aws.credentials.provider",
          "assume.role.arn",
          "assumed.role.arn",
          "proxy.host",
          "encryption.algorithm",
          "server.side.encryption.algorithm",
          "sse.type");
  private static final String DEFAULT_REGION = "us-east-1";
  private static final Pattern REGION_IN_HOST =
      Pattern.compile("(?:^|[./])s3[.-]([a-z]{2}(?:-[a-z]+)+-\\d)\\.amazonaws\\.com");

  /**
   * The settings, if they tell keys; empty where something else lends them (a role of the machine,
   * or a provider that is named), and where the plugin is told of a proxy or of an encryption.
   *
   * @throws IllegalArgumentException if the endpoint is no address
   */
  static Optional<S3Settings> of(Configuration flink, Map<String, String> environment) {
    Map<String, String> given = flink.toMap();
    if (OTHERS.stream().anyMatch(name -> value(given, name).isPresent())) {
      return Optional.empty();
    }
    Optional<String> access = value(given, "access.key");
    Optional<String> secret = value(given, "secret.key");
    Optional<String> token = value(given, "session.token");
    if (access.isEmpty() || secret.isEmpty()) {
      access = Optional.ofNullable(environment.get("AWS_ACCESS_KEY_ID"));
      secret = Optional.ofNullable(environment.get("AWS_SECRET_ACCESS_KEY"));
      token = Optional.ofNullable(environment.get("AWS_SESSION_TOKEN"));
    }
    if (access.isEmpty() || secret.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> told = value(given, "endpoint");
    String region =
        value(given, "endpoint.region", "region")
            .or(() -> told.flatMap(S3Settings::regionOf))
            .or(() -> Optional.ofNullable(environment.get("AWS_REGION")))
            .orElse(DEFAULT_REGION);
    URI endpoint =
        endpoint(
            told.orElse("s3." + region + ".amazonaws.com"),
            value(given, "connection.ssl.enabled").map(Boolean::parseBoolean).orElse(true));
    boolean pathStyle =
        value(given, "path.style.access")
            .map(Boolean::parseBoolean)
            .orElse(!endpoint.getHost().endsWith(".amazonaws.com"));
    return Optional.of(
        new S3Settings(endpoint, region, pathStyle, access.get(), secret.get(), token));
  }

  /** By any prefix of the plugins, with dots or dashes; the first name that has one. */
  private static Optional<String> value(Map<String, String> given, String... names) {
    for (String name : names) {
      for (String prefix : PREFIXES) {
        for (Map.Entry<String, String> entry : given.entrySet()) {
          String key = entry.getKey();
          if (key.startsWith(prefix)
              && key.substring(prefix.length()).replace('-', '.').equals(name)
              && !entry.getValue().isBlank()) {
            return Optional.of(entry.getValue().strip());
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> regionOf(String endpoint) {
    Matcher found = REGION_IN_HOST.matcher(endpoint);
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
  }

  private static URI endpoint(String text, boolean secure) {
    String whole = text.contains("://") ? text : (secure ? "https://" : "http://") + text;
    URI endpoint;
    try {
      endpoint = URI.create(whole);
    } catch (IllegalArgumentException e) {
      endpoint = URI.create("none:/");
    }
    if (endpoint.getHost() == null) {
      throw new IllegalArgumentException(
          "s3.endpoint must be an address such as https://s3.eu-central-1.amazonaws.com, but it is "
              + text);
    }
    return endpoint;
  }

  /** The host, and the port where it is not the scheme's own, as a request names it. */
  private String authority() {
    boolean usual =
        endpoint.getPort() < 0
            || endpoint.getPort() == (endpoint.getScheme().equals("https") ? 443 : 80);
    return usual ? endpoint.getHost() : endpoint.getHost() + ":" + endpoint.getPort();
  }

  /** The address of an object, {@code s3://bucket/key}, with all but the plainest letters coded. */
  URI address(URI object) {
    String bucket = object.getAuthority();
    String key = S3Signature.coded(object.getPath());
    return URI.create(
        endpoint.getScheme()
            + "://"
            + (pathStyle ? authority() + "/" + bucket : bucket + "." + authority())
            + key);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s in %s", endpoint, region);
  }
}
