package io.millrace.server.serve;

/** Feast's HTTP and gRPC interfaces. */
final class FeastModule implements ServeModule {
  @Override
  public void addTo(ServeSite site) {
    Lookups lookups = new Lookups();
    FeastHttp http = new FeastHttp(site.serving(), site.metrics());
    site.http()
        .route()
        .post("/get-online-features")
        .build(Exchange.service(site.options(), lookups, http::getOnlineFeatures));
    site.grpc()
        .addService(
            new FeastGrpc(site.serving(), site.metrics(), lookups, new GrpcErrors(site.options())));
  }
}
