package io.millrace.jobs;

import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.util.ParameterTool;

/**
 * What a feature job is told.
 *
 * @param definitions the folder of definition files
 * @param variables what {@code ${name}} in them stands for
 * @param service whose requests are answered
 * @param bootstrapServers of Kafka
 * @param registryUrl base URL of the schema registry's Confluent API
 * @param group consumer group and transaction id prefix
 * @param predictionsTopic where predictions go
 * @param online folder of the embedded online store
 * @param offline root folder of the offline store
 * @param models root folder of the models
 * @param model which model scores; empty scores nothing
 * @param checkpoints folder of the checkpoints
 * @param checkpointInterval how often
 * @param alignment how far, in event time, one partition may run ahead of another
 * @param futureGuard how far ahead of the clock an event time may lie
 * @param parallelism of the whole job
 * @param local whether to run a cluster of one's own inside this process
 * @param metricsPort where a cluster of one's own serves Prometheus metrics; 0 for nowhere
 * @param restPort where a cluster of one's own serves Flink's REST API; 0 for any
 */
public record FeatureJobConfig(
    Path definitions,
    Map<String, String> variables,
    String service,
    String bootstrapServers,
    String registryUrl,
    String group,
    String predictionsTopic,
    Path online,
    Path offline,
    Path models,
    String model,
    Path checkpoints,
    Duration checkpointInterval,
    Duration alignment,
    Duration futureGuard,
    int parallelism,
    boolean local,
    int metricsPort,
    int restPort) {
  /**
   * Reads {@code --key value} arguments; the keys are those of {@link FeatureJobOptions}.
   *
   * @throws IllegalArgumentException naming every argument that is missing, unknown or cannot be
   *     read
   */
  public static FeatureJobConfig of(String... arguments) {
    ParameterTool given = ParameterTool.fromArgs(arguments);
    List<String> mistakes = new ArrayList<>();
    for (FeatureJobOptions.Option option : FeatureJobOptions.ALL) {
      if (option.required() && !given.has(option.key())) {
        mistakes.add("--" + option.key() + " is missing: " + option.sentence());
      }
    }
    Map<String, String> variables = new LinkedHashMap<>();
    given
        .toMap()
        .forEach(
            (key, value) -> {
              if (key.startsWith("set.")) {
                variables.put(key.substring("set.".length()), value);
              } else if (FeatureJobOptions.ALL.stream().noneMatch(o -> o.key().equals(key))) {
                mistakes.add("--" + key + " is unknown");
              }
            });
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", mistakes));
    }
    String service = given.get(FeatureJobOptions.SERVICE.key());
    return new FeatureJobConfig(
        Path.of(given.get(FeatureJobOptions.DEFINITIONS.key())),
        variables,
        service,
        given.get(FeatureJobOptions.BOOTSTRAP_SERVERS.key()),
        given.get(FeatureJobOptions.REGISTRY_URL.key()),
        given.get(FeatureJobOptions.GROUP.key(), "millrace-" + service),
        given.get(FeatureJobOptions.PREDICTIONS_TOPIC.key(), "predictions-" + service),
        folder(given, FeatureJobOptions.ONLINE_PATH),
        folder(given, FeatureJobOptions.OFFLINE_PATH),
        folder(given, FeatureJobOptions.MODELS_PATH),
        given.get(FeatureJobOptions.MODEL.key(), ""),
        folder(given, FeatureJobOptions.CHECKPOINTS_PATH),
        duration(given, FeatureJobOptions.CHECKPOINTS_INTERVAL),
        duration(given, FeatureJobOptions.SOURCE_ALIGNMENT),
        duration(given, FeatureJobOptions.SOURCE_FUTURE_GUARD),
        number(given, FeatureJobOptions.PARALLELISM),
        given.getBoolean(FeatureJobOptions.LOCAL.key(), false),
        number(given, FeatureJobOptions.METRICS_PORT),
        number(given, FeatureJobOptions.REST_PORT));
  }

  private static Path folder(ParameterTool given, FeatureJobOptions.Option option) {
    return Path.of(given.get(option.key())).toAbsolutePath();
  }

  private static int number(ParameterTool given, FeatureJobOptions.Option option) {
    String text = given.get(option.key(), option.otherwise());
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--" + option.key() + " is a whole number, but it is " + text, e);
    }
  }

  private static Duration duration(ParameterTool given, FeatureJobOptions.Option option) {
    String text = given.get(option.key(), option.otherwise());
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "--" + option.key() + " is a duration such as PT5S or P7D, but it is " + text, e);
    }
  }
}
