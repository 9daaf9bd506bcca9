package io.millrace.server.serve;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ClosedSessionException;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.millrace.server.serve.Refusal.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every HTTP error in one shape, whoever found it: the server, a service or a decorator. */
final class Errors implements ServerErrorHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Errors.class);

  private final ServeOptions options;

  Errors(ServeOptions options) {
    this.options = options;
  }

  @Override
  public HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
    return Replies.of(refusal(cause, options));
  }

  @Override
  public AggregatedHttpResponse onProtocolViolation(
      ServiceConfig config,
      RequestHeaders headers,
      HttpStatus status,
      String description,
      Throwable cause) {
    return Replies.aggregated(of(status, headers, description, options));
  }

  @Override
  public AggregatedHttpResponse renderStatus(
      ServiceRequestContext ctx,
      ServiceConfig config,
      RequestHeaders headers,
      HttpStatus status,
      String description,
      Throwable cause) {
    return Replies.aggregated(
        cause == null ? of(status, headers, description, options) : refusal(cause, options));
  }

  /** What a request ended with, as a refusal; logged if it is a defect of ours. */
  static Refusal refusal(Throwable thrown, ServeOptions options) {
    Throwable cause = thrown;
    while ((cause instanceof java.util.concurrent.CompletionException
            || cause instanceof java.util.concurrent.ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof Refusal refusal) {
      return refusal;
    } else if (cause instanceof ContentTooLargeException) {
      return tooLong(options);
    } else if (cause instanceof RequestTimeoutException) {
      return new Refusal(
          Kind.DEADLINE,
          "the request was not answered within " + options.requestTimeout().toMillis() + " ms");
    } else if (cause instanceof HttpStatusException status) {
      return of(status.httpStatus(), null, null, options);
    }
    if (cause instanceof ClosedSessionException || cause instanceof ClosedStreamException) {
      return Refusal.invalid("the caller hung up before the request was whole");
    }
    LOG.error("a request failed", cause);
    return new Refusal(Kind.INTERNAL, "the server failed; its log says more", cause);
  }

  private static Refusal tooLong(ServeOptions options) {
    return new Refusal(
        Kind.TOO_LARGE,
        "the body is longer than "
            + options.maxBodyBytes()
            + " bytes; send fewer rows in a request");
  }

  private static Refusal of(
      HttpStatus status, RequestHeaders headers, String description, ServeOptions options) {
    String what = headers == null ? "" : headers.method() + " " + Refusal.shown(headers.path());
    return switch (status.code()) {
      case 401 -> new Refusal(Kind.UNAUTHENTICATED, "the request needs a token");
      case 403 -> new Refusal(Kind.FORBIDDEN, "the token does not allow this");
      case 404 ->
          new Refusal(Kind.UNKNOWN, "there is no " + what + "; GET /docs shows what there is");
      case 405 ->
          new Refusal(
              Kind.METHOD, "there is no " + what + ", only with another method; see GET /docs");
      case 408 -> new Refusal(Kind.DEADLINE, "the request did not come whole in time");
      case 413 -> tooLong(options);
      case 415 -> new Refusal(Kind.MEDIA_TYPE, "the body must be application/json");
      case 429 -> new Refusal(Kind.BUSY, "too many requests; try again");
      case 503 -> new Refusal(Kind.UNAVAILABLE, "the server cannot answer now; try again");
      default ->
          status.isServerError()
              ? new Refusal(Kind.INTERNAL, "the server failed; its log says more")
              : new Refusal(
                  Kind.INVALID,
                  "the request is not HTTP as it should be: "
                      + (description == null ? status : Refusal.shown(description)));
    };
  }
}
