package io.millrace.server.serve;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;

/**
 * One HTTP request and its answer. What is thrown becomes an error of the one shape.
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

  /** The exchange as Armeria takes it, on threads that may block. */
  static HttpService service(ServeOptions options, Exchange exchange) {
    return service(options, (context, request) -> context.blockingTaskExecutor(), exchange);
  }

  /** The exchange as Armeria takes it, for one that looks features up. */
  static HttpService service(ServeOptions options, Lookups lookups, Exchange exchange) {
    return service(
        options,
        (context, request) -> lookups.threadsFor(context, request.content().length()),
        exchange);
  }

  private static HttpService service(
      ServeOptions options,
      BiFunction<ServiceRequestContext, AggregatedHttpRequest, Executor> threads,
      Exchange exchange) {
    return (ctx, request) ->
        HttpResponse.of(
            request
                .aggregate()
                .thenCompose(
                    whole ->
                        CompletableFuture.supplyAsync(
                            () -> answer(options, exchange, ctx, whole),
                            threads.apply(ctx, whole))));
  }

  private static HttpResponse answer(
      ServeOptions options,
      Exchange exchange,
      ServiceRequestContext context,
      AggregatedHttpRequest request) {
    try {
      return exchange.answer(context, request);
    } catch (RuntimeException e) {
      return Replies.of(Errors.refusal(e, options));
    }
  }
}
