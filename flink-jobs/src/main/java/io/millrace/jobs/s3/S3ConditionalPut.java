package io.millrace.jobs.s3;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;

/**
 * {@code PUT} with {@code If-None-Match: *}, which S3 and most servers like it keep: of several
 * that put one key at once one is answered 200, the others 412. For small objects. Thread-safe.
 */
public final class S3ConditionalPut implements ConditionalPut {
  private static final int CREATED = 200;
  private static final int THERE = 412;
  private static final int NOT_IMPLEMENTED = 501;
  // A conflict with a put in progress, a server that is busy or begins anew.
  private static final Set<Integer> AGAIN = Set.of(409, 500, 502, 503, 504);
  private static final int MOST_TRIES = 5;
  private static final long FIRST_PAUSE_MS = 100;
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Pattern CODE = Pattern.compile("<Code>(\\w{1,100})</Code>");
  private static final Set<String> SCHEMES = Set.of("s3", "s3a", "s3n");

  private final S3Settings settings;
  private final InstantSource clock;
  private final HttpClient http;

  private S3ConditionalPut(S3Settings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
  }

  /**
   * For the server that Flink's S3 plugin is told of; empty if the place is no S3 server's, or if
   * its keys are not in the configuration or the environment.
   *
   * @throws IllegalArgumentException if the endpoint is no address
   */
  public static Optional<ConditionalPut> at(
      URI place, Configuration flink, Map<String, String> environment, InstantSource clock) {
    if (!SCHEMES.contains(place.getScheme())) {
      return Optional.empty();
    }
    return S3Settings.of(flink, environment).map(found -> new S3ConditionalPut(found, clock));
  }

  @Override
  public boolean put(URI object, byte[] content) throws IOException {
    IOException last = null;
    for (int i = 0; i < MOST_TRIES; i++) {
      HttpResponse<String> answer;
      try {
        if (i > 0) {
          Thread.sleep(FIRST_PAUSE_MS << i);
        }
        answer = http.send(request(object, content), HttpResponse.BodyHandlers.ofString());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted at " + object).initCause(e);
      } catch (IOException e) {
        last = refused(object, "does not answer: " + e, e);
        continue;
      }
      if (answer.statusCode() == CREATED) {
        return true;
      }
      if (answer.statusCode() == THERE) {
        return false;
      }
      if (answer.statusCode() == NOT_IMPLEMENTED) {
        throw new UnsupportedOperationException(settings.endpoint() + " knows no If-None-Match");
      }
      last = refused(object, "answered " + answer.statusCode() + code(answer.body()), null);
      if (!AGAIN.contains(answer.statusCode())) {
        break;
      }
    }
    throw last;
  }

  private IOException refused(URI object, String why, IOException cause) {
    return new IOException(object + " could not be put: " + settings.endpoint() + " " + why, cause);
  }

  private HttpRequest request(URI object, byte[] content) {
    URI address = settings.address(object);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(ANSWER)
            .PUT(HttpRequest.BodyPublishers.ofByteArray(content));
    S3Signature.headers(
            settings,
            "PUT",
            address,
            new TreeMap<>(Map.of("if-none-match", "*")),
            content,
            clock.instant())
        .forEach(request::header);
    return request.build();
  }

  private static String code(String body) {
    Matcher found = CODE.matcher(body);
    return found.find() ? " " + found.group(1) : "";
  }
}
