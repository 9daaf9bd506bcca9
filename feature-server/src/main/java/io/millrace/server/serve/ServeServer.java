package io.millrace.server.serve;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.util.BlockingTaskExecutor;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.GrpcServiceBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/**
 * The composition root of the feature server: REST and gRPC on one port.
 *
 * <pre>
 * try (ServeServer server = ServeServer.start(ServeOptions.at("127.0.0.1", 6566), serving, List.of())) {
 *   ... server.port() ...
 * }
 * </pre>
 *
 * <p>Thread-safe. The {@link FeatureServing} stays the caller's: it is not closed with the server.
 */
public final class ServeServer implements AutoCloseable {
  private static final Duration QUIET = Duration.ofMillis(100);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(5);

  private final Server server;
  private final ServeMetrics metrics;
  private final boolean hasPagePort;

  private ServeServer(Server server, ServeMetrics metrics, boolean hasPagePort) {
    this.server = server;
    this.metrics = metrics;
    this.hasPagePort = hasPagePort;
  }

  /**
   * Starts listening.
   *
   * @param modules what is served beside the product's own protocols, and decorators over all;
   *     added last, so that a decorator of theirs sees every request first
   * @throws ServeException if the address cannot be listened at
   */
  public static ServeServer start(
      ServeOptions options, FeatureServing serving, List<ServeModule> modules) {
    ServeMetrics metrics = new ServeMetrics(serving);
    ServerBuilder http = Server.builder();
    BlockingTaskExecutor threads =
        BlockingTaskExecutor.builder()
            .threadNamePrefix("serve-lookup")
            .numThreads(options.threads())
            .build();
    boolean tls = modules.stream().anyMatch(ServeModule::needsTls);
    for (int port : options.ports()) {
      InetSocketAddress address = new InetSocketAddress(options.bind(), port);
      if (tls) {
        http.https(address);
      } else {
        http.http(address);
      }
    }
    http.maxRequestLength(options.maxBodyBytes())
        .requestTimeout(options.requestTimeout())
        .gracefulShutdownTimeout(QUIET, LONGEST_STOP)
        .blockingTaskExecutor(threads, true)
        .meterRegistry(metrics.registry())
        .errorHandler(new Errors(options));
    // Services answer on threads of the network unless they say that they are blocking, for each
    // step of a blocking call, of which there are several, changes threads twice.
    GrpcServiceBuilder grpc =
        GrpcService.builder()
            .maxRequestMessageLength(options.maxBodyBytes())
            .exceptionHandler(new GrpcErrors(options));
    ServeSite site = new ServeSite(http, grpc, serving, metrics, options);
    List<ServeModule> all = new ArrayList<>(ownModules());
    all.addAll(modules);
    all.forEach(module -> module.addTo(site));
    // So that a client such as grpcurl can ask which services and messages there are.
    grpc.addService(ProtoReflectionServiceV1.newInstance());
    http.service(grpc.build(), ServeServer::onlyGrpc);
    Server server = http.build();
    try {
      server.start().join();
    } catch (CompletionException e) {
      server.close();
      throw new ServeException(
          "cannot listen at "
              + options.bind()
              + ":"
              + options.port()
              + ": "
              + e.getCause().getMessage()
              + "; name another --port or --bind",
          e.getCause());
    }
    return new ServeServer(server, metrics, options.pagePort().isPresent());
  }

  /** So that a caller who is no gRPC client is told so in the one shape of errors. */
  private static HttpService onlyGrpc(HttpService grpc) {
    return new SimpleDecoratingHttpService(grpc) {
      @Override
      public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) throws Exception {
        MediaType type = request.contentType();
        return type != null
                && type.type().equals("application")
                && type.subtype().startsWith("grpc")
            ? unwrap().serve(ctx, request)
            : Replies.of(
                new Refusal(
                    Refusal.Kind.MEDIA_TYPE,
                    "this path is gRPC's; use a gRPC client, or see GET /docs for REST"));
      }
    };
  }

  private static List<ServeModule> ownModules() {
    return List.of(new FeastModule(), new RowsModule(), new StatusModule());
  }

  /** The port that it listens at. */
  public int port() {
    return ports().get(0);
  }

  /** The port for browsers: the second, if there is one. */
  public int pagePort() {
    return ports().get(hasPagePort ? 1 : 0);
  }

  // In the order in which they were named.
  private List<Integer> ports() {
    return server.activePorts().values().stream().map(p -> p.localAddress().getPort()).toList();
  }

  public ServeMetrics metrics() {
    return metrics;
  }

  /** Answers what is being answered, for some seconds at most, and stops. */
  @Override
  public void close() {
    server.close();
  }
}
