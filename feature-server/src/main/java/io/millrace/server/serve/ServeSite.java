package io.millrace.server.serve;

import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.grpc.GrpcServiceBuilder;

/**
 * Where a {@link ServeModule} puts its services.
 *
 * @param http for paths and decorators
 * @param grpc for gRPC services; they share the port
 * @param serving what looks features up
 * @param metrics what counts requests
 * @param options where the server listens
 */
public record ServeSite(
    ServerBuilder http,
    GrpcServiceBuilder grpc,
    FeatureServing serving,
    ServeMetrics metrics,
    ServeOptions options) {}
