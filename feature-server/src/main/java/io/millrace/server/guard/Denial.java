package io.millrace.server.guard;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * Why the guard lets a request not pass: the status on either protocol, and the word that it is
 * counted under. The answer is a JSON body, or the trailers of gRPC.
 */
enum Denial {
  /** A header that cannot be read. */
  INVALID("invalid", 400, 3),
  /** No token, or one that is not known. */
  UNAUTHENTICATED("unauthenticated", 401, 16),
  /** A body that is too large. */
  TOO_LARGE("too-large", 413, 8),
  /** More requests than are answered in time. */
  BUSY("busy", 429, 8),
  /** The deadline has passed. */
  DEADLINE("deadline", 504, 4);

  private final String label;
  private final int httpStatus;
  private final int grpcStatus;

  Denial(String label, int httpStatus, int grpcStatus) {
    this.label = label;
    this.httpStatus = httpStatus;
    this.grpcStatus = grpcStatus;
  }

  String label() {
    return label;
  }

  /** Whether the caller speaks gRPC. */
  static boolean isGrpc(RequestHeaders headers) {
    MediaType type = headers.contentType();
    return type != null && type.type().equals("application") && type.subtype().startsWith("grpc");
  }

  HttpResponse answer(HttpRequest request, String message) {
    return answer(request, message, HttpHeaders.of());
  }

  /**
   * @param message what is wrong, and the fix
   * @param more headers besides
   */
  HttpResponse answer(HttpRequest request, String message, HttpHeaders more) {
    if (isGrpc(request.headers())) {
      return HttpResponse.of(
          ResponseHeaders.builder(HttpStatus.OK)
              .contentType(request.contentType())
              .add(more)
              .add("grpc-status", Integer.toString(grpcStatus))
              .add(
                  "grpc-message",
                  URLEncoder.encode(message, StandardCharsets.UTF_8).replace("+", "%20"))
              .build());
    }
    return HttpResponse.of(
        ResponseHeaders.builder(HttpStatus.valueOf(httpStatus))
            .contentType(MediaType.JSON)
            .add(more)
            .build(),
        body(message));
  }

  /** The JSON of an error. */
  HttpData body(String message) {
    return HttpData.ofUtf8(
        "{\"error\":\"%s\",\"kind\":\"%s\"}"
            .formatted(new String(JsonStringEncoder.getInstance().quoteAsString(message)), label));
  }

  int httpStatus() {
    return httpStatus;
  }
}
