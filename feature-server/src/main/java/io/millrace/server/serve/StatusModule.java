package io.millrace.server.serve;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * How the server is, and what it speaks: {@code /health} (as Feast has it: ready or not), {@code
 * /health/live}, {@code /health/ready}, {@code /metrics}, {@code /openapi.json} and the page {@code
 * /docs} that shows it.
 */
final class StatusModule implements ServeModule {
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  @Override
  public void addTo(ServeSite site) {
    FeatureServing serving = site.serving();
    ServeOptions options = site.options();
    Exchange ready = (ctx, request) -> ready(serving);
    site.http().route().get("/health").build(Exchange.service(options, ready));
    site.http().route().get("/health/ready").build(Exchange.service(options, ready));
    site.http()
        .route()
        .get("/health/live")
        .build((ctx, request) -> Replies.json(json -> status(json, "live")));
    site.http()
        .route()
        .get("/metrics")
        .build(
            Exchange.service(
                options,
                (ctx, request) ->
                    HttpResponse.of(
                        HttpStatus.OK,
                        MediaType.parse(PROMETHEUS),
                        site.metrics().registry().scrape())));
    byte[] openApi = resource("openapi.json");
    byte[] docs = resource("docs.html");
    site.http()
        .route()
        .get("/openapi.json")
        .build((ctx, request) -> HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, openApi));
    site.http().route().get("/docs").build((ctx, request) -> page(docs));
  }

  private static HttpResponse ready(FeatureServing serving) {
    if (!serving.isReady()) {
      throw new Refusal(
          Refusal.Kind.UNAVAILABLE, "the online store cannot be read: " + serving.whyNotReady());
    }
    return Replies.json(json -> status(json, "ok"));
  }

  private static void status(com.fasterxml.jackson.core.JsonGenerator json, String status)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("status", status);
    json.writeEndObject();
  }

  private static HttpResponse page(byte[] html) {
    return HttpResponse.of(
        ResponseHeaders.builder(HttpStatus.OK)
            .contentType(MediaType.HTML_UTF_8)
            // The page is whole: nothing of it comes from another host, and no one may frame it.
            .add(
                HttpHeaderNames.CONTENT_SECURITY_POLICY,
                "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline';"
                    + " script-src 'unsafe-inline'; frame-ancestors 'none'")
            .add(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
            .build(),
        HttpData.wrap(html));
  }

  private static byte[] resource(String name) {
    try (InputStream in = StatusModule.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + name + " is not in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the resource " + name + " cannot be read", e);
    }
  }
}
