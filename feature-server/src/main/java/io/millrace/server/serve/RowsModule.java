package io.millrace.server.serve;

/** The form that a person reads; see {@link RowsHttp}. */
final class RowsModule implements ServeModule {
  @Override
  public void addTo(ServeSite site) {
    RowsHttp rows = new RowsHttp(site.serving(), site.metrics());
    site.http().route().get("/v1/features").build(Exchange.service(site.options(), rows::list));
    site.http()
        .route()
        .get("/v1/features/{name}")
        .build(Exchange.service(site.options(), rows::get));
    site.http()
        .route()
        .post("/v1/features/{name}")
        .build(Exchange.service(site.options(), rows::post));
  }
}
