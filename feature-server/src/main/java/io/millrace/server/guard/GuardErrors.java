package io.millrace.server.guard;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceRequestContext;

/**
 * Answers what only shows while a request is being read or answered: a body without a length that
 * is too large, and a deadline that passed. Everything else is left to the next handler. Over gRPC
 * the same two are told by the gRPC service itself. Thread-safe.
 */
final class GuardErrors implements ServerErrorHandler {
  private final GuardOptions options;
  private final GuardMetrics metrics;

  GuardErrors(GuardOptions options, GuardMetrics metrics) {
    this.options = options;
    this.metrics = metrics;
  }

  @Override
  public HttpResponse onServiceException(ServiceRequestContext context, Throwable failure) {
    Throwable cause = Exceptions.peel(failure);
    if (cause instanceof RequestTimeoutException) {
      metrics.denied(Denial.DEADLINE);
      return Denial.DEADLINE.answer(
          context.request(),
          "the answer was not ready after %d ms; give more time in the header X-Request-Timeout-Ms, or ask for less"
              .formatted(context.requestTimeoutMillis()));
    }
    if (cause instanceof ContentTooLargeException) {
      metrics.denied(Denial.TOO_LARGE);
      return Denial.TOO_LARGE.answer(
          context.request(),
          "the body is too large; send at most %d bytes, in several requests"
              .formatted(options.mostRequestBytes()));
    }
    return null;
  }
}
