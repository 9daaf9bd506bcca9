package io.millrace.server.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What goes back over HTTP: JSON, and errors as {@code {"error": ..., "kind": ...}}. */
public final class Replies {
  // The quick writer of numbers writes the shortest text that is read as the same number.
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build();

  private Replies() {}

  /** Writes the members of one JSON object or another value. */
  @FunctionalInterface
  public interface JsonWriter {
    void write(JsonGenerator json) throws IOException;
  }

  /** 200 with JSON. */
  public static HttpResponse json(JsonWriter writer) {
    return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, bytes(writer));
  }

  /** A refusal with the status of its kind. */
  public static HttpResponse of(Refusal refusal) {
    return aggregated(refusal).toHttpResponse();
  }

  static AggregatedHttpResponse aggregated(Refusal refusal) {
    return AggregatedHttpResponse.of(
        HttpStatus.valueOf(refusal.kind().httpStatus()),
        MediaType.JSON_UTF_8,
        com.linecorp.armeria.common.HttpData.wrap(
            bytes(
                json -> {
                  json.writeStartObject();
                  json.writeStringField("error", refusal.getMessage());
                  json.writeStringField("kind", refusal.kind().label());
                  json.writeEndObject();
                })));
  }

  static byte[] bytes(JsonWriter writer) {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(4_096)) {
      try (JsonGenerator json = JSON.createGenerator(bytes)) {
        writer.write(json);
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }
}
