package io.millrace.server.infer;

import com.linecorp.armeria.server.HttpService;
import io.millrace.server.serve.Exchange;
import io.millrace.server.serve.FeatureServing;
import io.millrace.server.serve.ServeModule;
import io.millrace.server.serve.ServeSite;

/**
 * Scores over the Open Inference Protocol, beside the features on the same port.
 *
 * <pre>{@code
 * ServeServer.start(options, serving, List.of(new InferModule(models)));
 * }</pre>
 *
 * <p>The models stay the caller's.
 */
public final class InferModule implements ServeModule {
  private static final String VERSION = "0.1.0";

  private final ScoringModels models;

  public InferModule(ScoringModels models) {
    this.models = models;
  }

  @Override
  public void addTo(ServeSite site) {
    FeatureServing serving = site.serving();
    Scorer scorer =
        new Scorer(
            models, new ServingVectors(serving), new InferMetrics(site.metrics().registry()));
    HttpService rest =
        Exchange.service(site.options(), new InferRest(scorer, VERSION, serving::isReady));
    site.http().service(InferRest.ROOT, rest).serviceUnder(InferRest.ROOT, rest);
    site.grpc().addService(new InferGrpc(scorer, VERSION, serving::isReady));
  }
}
