package io.millrace.server;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.loop.ParityReport.DifferentValue;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.parity.Parity;
import io.millrace.offline.parity.ParityCheck;
import io.millrace.schema.ConfluentSchemaRegistry;
import io.millrace.server.parity.ParityLoop;
import io.millrace.server.parity.ParityMetrics;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code millrace parity}: once, or round after round. */
@Command(
    name = "parity",
    description =
        "Recompute served vectors from the stored events by a scan of every event, and compare.",
    footer = {
      "",
      "Ends with 1 if any vector differs. With --follow it runs until it is ended:",
      "a round takes the predictions since the last whose events are completely",
      "recorded, and reports to the topic parity, to the table parity/SERVICE and",
      "to Prometheus. Started again, it goes on.",
      "",
      "Examples:",
      "  millrace parity --definitions feature-definitions/flights --service delay_v1 \\",
      "    --store .millrace/demo-nyc/offline --sample 10000",
      "  millrace parity --definitions feature-definitions/flights --service delay_v1 \\",
      "    --store offline --follow --every PT5M --bootstrap 127.0.0.1:9092 \\",
      "    --registry http://127.0.0.1:8081 --metrics-port 9104"
    })
final class ParityCommand implements Callable<Integer> {
  private static final int SHOWN = 10;
  private static final int BATCH = 200_000;

  @Option(
      names = "--definitions",
      required = true,
      paramLabel = "DIR",
      description = "The definition files.")
  private Path folder;

  @Option(
      names = "--service",
      required = true,
      paramLabel = "NAME",
      description = "The feature service whose predictions are checked.")
  private String service;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The root of the offline store.")
  private Path store;

  @Option(
      names = "--sample",
      paramLabel = "N",
      defaultValue = "10000",
      description =
          "How many predictions to check, with --follow in each round. Default: ${DEFAULT-VALUE}.")
  private int sample;

  @Option(names = "--all", description = "Check every prediction, whatever --sample says.")
  private boolean all;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description =
          "Check this model's predictions; may be repeated. One that predicts no more holds"
              + " --follow back unless the others are named. Default: all.")
  private List<String> models = List.of();

  @Option(names = "--follow", description = "Go on round after round, and report each.")
  private boolean follow;

  @Option(
      names = "--every",
      paramLabel = "DURATION",
      defaultValue = "PT5M",
      description =
          "With --follow, from the start of a round to the next. Default: ${DEFAULT-VALUE}.")
  private Duration every;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      description = "With --follow, a Kafka broker.")
  private Optional<String> bootstrap = Optional.empty();

  @Option(
      names = "--registry",
      paramLabel = "URL",
      description = "With --follow, the schema registry, with its path where it has one.")
  private Optional<String> registry = Optional.empty();

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      description = "With --follow, where /metrics is served. Default: nowhere.")
  private Optional<Integer> metricsPort = Optional.empty();

  @Option(
      names = "--bind",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description = "The address of --metrics-port. Default: ${DEFAULT-VALUE}.")
  private String bind;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Which predictions are drawn. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--json", description = "Write the report as JSON.")
  private boolean json;

  @Mixin private DefinitionOptions definitions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws DefinitionException, IOException, InterruptedException {
    if (sample < 1) {
      throw new ParameterException(
          spec.commandLine(), "--sample must be 1 or more, but it is " + sample);
    }
    Definitions loaded = definitions.load(folder);
    PrintWriter out = spec.commandLine().getOut();
    if (follow) {
      follow(loaded, out);
    }
    Parity parity = Parity.of(loaded, service, new OfflineStore(store)).ofModels(models);
    ParityCheck check =
        all
            ? parity.checkAll(
                BATCH,
                so ->
                    spec.commandLine()
                        .getErr()
                        .printf(Locale.ROOT, "%,d recomputed%n", so.sampled()))
            : parity.check(sample, seed);
    if (json) {
      out.println(json(check));
    } else {
      print(check, out);
    }
    return check.mismatched() == 0 ? 0 : Millrace.FAILED;
  }

  /** Never returns but by an exception. */
  private void follow(Definitions loaded, PrintWriter out)
      throws IOException, InterruptedException {
    if (bootstrap.isEmpty() || registry.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--follow reports to Kafka: name --bootstrap and --registry");
    }
    if (every.isNegative() || every.isZero()) {
      throw new ParameterException(
          spec.commandLine(), "--every must be longer than nothing, but it is " + every);
    }
    ParityMetrics metrics = new ParityMetrics(service);
    try (Closeable server = metricsPort.isPresent() ? serve(metrics) : null;
        ParityLoop loop =
            ParityLoop.open(
                loaded,
                service,
                models,
                new OfflineStore(store),
                bootstrap.get(),
                new ConfluentSchemaRegistry(registry.get(), Map.of()),
                sample,
                metrics,
                line -> {
                  out.println(line);
                  out.flush();
                })) {
      loop.run(every);
    }
  }

  private Closeable serve(ParityMetrics metrics) {
    return metrics.serve(bind, metricsPort.get());
  }

  @SuppressWarnings("rawtypes") // Jackson names a type by its class
  private static String json(ParityCheck check) throws JsonProcessingException {
    SimpleModule optionals = new SimpleModule();
    optionals.addSerializer(
        Optional.class,
        new JsonSerializer<Optional>() {
          @Override
          public void serialize(Optional value, JsonGenerator json, SerializerProvider provider)
              throws IOException {
            provider.defaultSerializeValue(value.orElse(null), json);
          }
        });
    return new ObjectMapper()
        .registerModule(optionals)
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValueAsString(check);
  }

  private static void print(ParityCheck check, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%,d predictions, %,d sampled: %,d equal to the bit%s, %,d not %s%n",
        check.predictions(),
        check.sampled(),
        check.matched(),
        check.estimates().isEmpty() ? "" : " but for estimates",
        check.mismatched(),
        check.reasons());
    check
        .estimates()
        .forEach(
            estimate ->
                out.printf(
                    Locale.ROOT,
                    "  %s: %s; %,d not equal%n",
                    estimate.feature(),
                    estimate.rule(),
                    estimate.notEqual()));
    check.mismatches().stream()
        .limit(SHOWN)
        .forEach(
            mismatch -> {
              out.println(
                  "  "
                      + mismatch.predictionId()
                      + " of "
                      + Instant.ofEpochMilli(mismatch.requestTimeMs())
                      + " "
                      + mismatch.reason()
                      + (mismatch.evidence().isEmpty() ? "" : ": " + mismatch.evidence()));
              mismatch.values().forEach(value -> out.println("    " + words(value)));
            });
  }

  private static String words(DifferentValue value) {
    return value.feature()
        + (value.key().isEmpty() ? "" : " of " + value.key())
        + ": served "
        + value.served().orElse("null")
        + ", recomputed "
        + value.recomputed().orElse("null");
  }
}
