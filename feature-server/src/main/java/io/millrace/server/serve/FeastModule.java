package io.millrace.server.serve;

/** Feast's HTTP and gRPC interfaces. */
final class FeastModule implements ServeModule {
  @Override
  public void addTo(ServeSite site) {
    FeastHttp http = new FeastHttp(site.serving(), site.metrics());
    site.http()
        .route()
        .post("/get-online-features")
        .build(Exchange.service(site.options(), http::getOnlineFeatures));
    site.grpc().addService(new FeastGrpc(site.serving(), site.metrics()));
  }
}
