package io.millrace.server.demo;

import io.millrace.feature.Definitions;
import io.millrace.inference.model.ModelRepository;
import io.millrace.online.settings.OnlineSettings;
import io.millrace.server.infer.InferModule;
import io.millrace.server.infer.ScoringModels;
import io.millrace.server.serve.FeatureServing;
import io.millrace.server.serve.ServeException;
import io.millrace.server.serve.ServeModule;
import io.millrace.server.serve.ServeOptions;
import io.millrace.server.serve.ServeServer;
import io.millrace.server.serve.ServingConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The feature server beside a running demo. It reads the online store that the feature job writes,
 * and tells ages by the replay's time: the flights are of years ago. It scores with the demo's
 * models, and follows each promotion.
 */
final class DemoServing implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration FOLLOW_EVERY = Duration.ofMillis(20);

  private static final Duration LOOK_FOR_MODELS_EVERY = Duration.ofSeconds(1);

  private final FeatureServing serving;
  private final ScoringModels models;
  private final ServeServer server;

  private DemoServing(FeatureServing serving, ScoringModels models, ServeServer server) {
    this.serving = serving;
    this.models = models;
    this.server = server;
  }

  /**
   * Begins to serve, at Feast's port or, where that is taken, at any that is free. Until the job
   * has made its store requests are told that it is not there yet.
   *
   * @param online the settings of the online store
   * @param repository the models that requests are scored with
   * @param replayedMs how far the replay is, as event time; 0 before it began
   */
  static DemoServing start(
      Definitions definitions,
      Map<String, String> online,
      ModelRepository repository,
      LongSupplier replayedMs) {
    InstantSource clock =
        () -> {
          long timeMs = replayedMs.getAsLong();
          return timeMs <= 0 ? Instant.now() : Instant.ofEpochMilli(timeMs);
        };
    OnlineSettings settings = OnlineSettings.of(online);
    FeatureServing serving =
        FeatureServing.of(
            definitions,
            views -> settings.openReader(views, clock, FOLLOW_EVERY),
            clock,
            ServingConfig.DEFAULT);
    ScoringModels models = ScoringModels.watching(repository, LOOK_FOR_MODELS_EVERY);
    try {
      return new DemoServing(serving, models, listen(serving, models));
    } catch (ServeException e) {
      models.close();
      serving.close();
      throw e;
    }
  }

  private static ServeServer listen(FeatureServing serving, ScoringModels models) {
    List<ServeModule> modules = List.of(new InferModule(models));
    try {
      return ServeServer.start(
          ServeOptions.at(LOOPBACK, ServeOptions.DEFAULT_PORT).withPagePort(0), serving, modules);
    } catch (ServeException e) {
      return ServeServer.start(ServeOptions.at(LOOPBACK, 0), serving, modules);
    }
  }

  /** Where it answers. */
  String url() {
    return "http://" + LOOPBACK + ":" + server.port();
  }

  /** Where a browser may look. */
  String page() {
    return "http://" + LOOPBACK + ":" + server.pagePort() + "/docs";
  }

  @Override
  public void close() {
    server.close();
    models.close();
    serving.close();
  }
}
