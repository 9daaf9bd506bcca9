package io.millrace.server.serve;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;

/**
 * One HTTP request and its answer, on a thread that may block. What is thrown becomes an error of
 * the one shape.
 *
 * <pre>
 * http.service("/v2/models/{name}/infer", Exchange.service(options, (ctx, request) -&gt; ...));
 * </pre>
 */
@FunctionalInterface
public interface Exchange {
  /**
   * @throws Refusal if the request is not answered
   */
  HttpResponse answer(ServiceRequestContext ctx, AggregatedHttpRequest request);

  /** The exchange as Armeria takes it. */
  static HttpService service(ServeOptions options, Exchange exchange) {
    return (ctx, request) ->
        HttpResponse.of(
            request
                .aggregate()
                .thenApplyAsync(
                    whole -> {
                      try {
                        return exchange.answer(ctx, whole);
                      } catch (RuntimeException e) {
                        return Replies.of(Errors.refusal(e, options));
                      }
                    },
                    ctx.blockingTaskExecutor()));
  }
}
