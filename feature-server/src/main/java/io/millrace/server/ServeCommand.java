package io.millrace.server;

import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.online.settings.OnlineSettings;
import io.millrace.server.guard.GuardModule;
import io.millrace.server.infer.InferModule;
import io.millrace.server.infer.ScoringModels;
import io.millrace.server.serve.DefinitionsWatch;
import io.millrace.server.serve.FeatureServing;
import io.millrace.server.serve.ServeModule;
import io.millrace.server.serve.ServeOptions;
import io.millrace.server.serve.ServeServer;
import io.millrace.server.serve.ServingConfig;
import io.millrace.server.serve.WarmUp;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace serve}: answers requests for features, until it is ended. */
@Command(
    name = "serve",
    description =
        "Answer requests for features over REST and gRPC: Feast's interfaces, and rows to read.",
    footer = {
      "",
      "Runs until it is ended (Ctrl-C). Changed definition files are served as soon as they are"
          + " seen.",
      "",
      "Example:",
      "  millrace serve --definitions feature-definitions/flights \\",
      "    --online rocksdb:.millrace/demo-nyc/online",
      "  curl 'http://127.0.0.1:6566/v1/features/carrier?carrier=UA'"
    })
final class ServeCommand implements Callable<Integer> {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  @Option(
      names = "--definitions",
      paramLabel = "DIR",
      description = "The definition files. These or --applied.")
  private Optional<Path> folder = Optional.empty();

  @Option(
      names = "--applied",
      paramLabel = "STORE",
      description =
          "The offline store whose applied definitions are served, those that hold at each moment.")
  private Optional<Path> applied = Optional.empty();

  @Option(
      names = "--online",
      required = true,
      paramLabel = "STORE",
      description =
          "The online store: rocksdb:DIR, read beside its writer, or redis:HOST:PORT[,HOST:PORT].")
  private String online;

  @Option(
      names = "--online-set",
      paramLabel = "KEY=VALUE",
      description = "A setting of the online store, such as online.redis.layout=feast.")
  private Map<String, String> onlineSettings = new LinkedHashMap<>();

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "" + ServeOptions.DEFAULT_PORT,
      description = "The port; 0 takes any that is free. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--page-port",
      paramLabel = "PORT",
      description =
          "A second port with the same services, for browsers: they refuse 6566. Default: any that"
              + " is free, if --port is 6566 and --bind this machine's own; else none.")
  private Optional<Integer> pagePort = Optional.empty();

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "The address to listen at. Default: ${DEFAULT-VALUE}.")
  private String bind;

  @Option(
      names = "--max-rows",
      paramLabel = "N",
      defaultValue = "10000",
      description = "How many rows one request may ask for. Default: ${DEFAULT-VALUE}.")
  private int maxRows;

  @Option(
      names = "--max-body",
      paramLabel = "BYTES",
      defaultValue = "" + ServeOptions.DEFAULT_MAX_BODY,
      description = "How long a request's body may be. Default: ${DEFAULT-VALUE}.")
  private int maxBody;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "How many threads look up what is not looked up where it was read: long requests, and"
              + " all while the store is slow or the server busy. Default: 2 for each processor, 4 at"
              + " least.")
  private int threads = ServeOptions.DEFAULT_THREADS;

  @Option(
      names = "--request-timeout",
      paramLabel = "DURATION",
      defaultValue = "PT10S",
      description = "After which a request is given up. Default: ${DEFAULT-VALUE}.")
  private Duration requestTimeout;

  @Option(
      names = "--warm-up",
      paramLabel = "DURATION",
      defaultValue = "PT3S",
      description =
          "How long the server asks itself for features before it listens, so that the first"
              + " requests are not slow; PT0S does without. Default: ${DEFAULT-VALUE}.")
  private Duration warmUp;

  @Option(
      names = "--hot-keys",
      paramLabel = "DURATION",
      description =
          "Keep what was read in memory, and answer with values that are at most so old."
              + " Off by default.")
  private Optional<Duration> hotKeys = Optional.empty();

  @Option(
      names = "--follow-every",
      paramLabel = "DURATION",
      defaultValue = "PT0.02S",
      description =
          "How far a read of rocksdb may lie behind its writer. Default: ${DEFAULT-VALUE}.")
  private Duration followEvery;

  @Option(
      names = "--as-of",
      paramLabel = "INSTANT",
      converter = InstantConverter.class,
      description =
          "Tell ages as of this instant rather than the present: for a store whose events are of"
              + " the past.")
  private Optional<Instant> asOf = Optional.empty();

  @Mixin private DefinitionOptions definitions;

  @Mixin private GuardFlags flags;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException, InterruptedException {
    OnlineSettings settings = settings();
    ServeOptions options = options();
    ServingConfig config = config();
    InstantSource clock =
        asOf.<InstantSource>map(instant -> Clock.fixed(instant, ZoneOffset.UTC))
            .orElse(InstantSource.system());
    ServedDefinitions served = ServedDefinitions.of(spec, folder, applied, definitions);
    Definitions all = served.load();
    PrintWriter out = spec.commandLine().getOut();
    try (GuardModule guard = flags.guard(bind);
        ScoringModels models = flags.models().orElse(null);
        FeatureServing serving =
            warm(
                FeatureServing.of(
                    all, views -> settings.openReader(views, clock, followEvery), clock, config),
                clock);
        DefinitionsWatch watch =
            DefinitionsWatch.start(
                served.folder(),
                served::load,
                serving,
                LOOK_EVERY,
                spec.commandLine().getErr()::println);
        ServeServer server = start(options, serving, watch, models, guard)) {
      String host = (guard.needsTls() ? "https://" : "http://") + bind + ":";
      out.println(
          "serving "
              + serving.plans().size()
              + " services and "
              + serving.views().size()
              + " views at "
              + host
              + server.port()
              + " over REST and gRPC; see "
              + host
              + server.pagePort()
              + "/docs");
      if (!serving.isReady()) {
        out.println("not ready yet: " + serving.whyNotReady());
      }
      out.flush();
      awaitEnd(server, serving);
    }
    return 0;
  }

  private FeatureServing warm(FeatureServing serving, InstantSource clock) {
    if (warmUp.toNanos() > 0) {
      WarmUp.run(serving, clock, warmUp);
    }
    return serving;
  }

  private static ServeServer start(
      ServeOptions options,
      FeatureServing serving,
      DefinitionsWatch watch,
      ScoringModels models,
      GuardModule guard) {
    List<ServeModule> modules = new ArrayList<>(List.of(watch));
    if (models != null) {
      modules.add(new InferModule(models));
    }
    modules.add(guard);
    return ServeServer.start(options, serving, modules);
  }

  /** Waits for SIGTERM or Ctrl-C; then what is being answered is answered first. */
  private static void awaitEnd(ServeServer server, FeatureServing serving)
      throws InterruptedException {
    Thread hook =
        new Thread(
            () -> {
              server.close();
              serving.close();
            },
            "end-serving");
    Runtime.getRuntime().addShutdownHook(hook);
    new CountDownLatch(1).await();
  }

  private OnlineSettings settings() {
    Map<String, String> given = new LinkedHashMap<>(onlineSettings);
    if (online.startsWith("redis:")) {
      // So that nobody waits for a connection.
      given.putIfAbsent(
          "online.redis.max-connections", Integer.toString(ServeOptions.lookupsAtOnce(threads)));
    }
    return OnlineArgument.settings(online, given, spec);
  }

  private ServeOptions options() {
    try {
      boolean loopback = InetAddress.getByName(bind).isLoopbackAddress();
      return new ServeOptions(bind, port, pagePort(loopback), maxBody, threads, requestTimeout);
    } catch (UnknownHostException e) {
      throw misuse("--bind " + bind + " is no address of this machine");
    } catch (IllegalArgumentException e) {
      throw misuse(e.getMessage());
    }
  }

  private OptionalInt pagePort(boolean loopback) {
    if (pagePort.isPresent()) {
      return OptionalInt.of(pagePort.get());
    }
    return loopback && port == ServeOptions.DEFAULT_PORT ? OptionalInt.of(0) : OptionalInt.empty();
  }

  private ServingConfig config() {
    try {
      return new ServingConfig(maxRows, hotKeys, ServingConfig.DEFAULT.hotKeys());
    } catch (IllegalArgumentException e) {
      throw misuse(e.getMessage());
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
