package io.millrace.jobs;

import java.nio.file.Path;
import java.time.Duration;
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
  private static final List<String> REQUIRED =
      List.of(
          "definitions",
          "service",
          "kafka.bootstrap-servers",
          "registry.url",
          "online.path",
          "offline.path",
          "models.path",
          "checkpoints.path");

  /**
   * Reads {@code --key value} arguments.
   *
   * @throws IllegalArgumentException naming every argument that is missing or cannot be read
   */
  public static FeatureJobConfig of(String... arguments) {
    ParameterTool given = ParameterTool.fromArgs(arguments);
    List<String> mistakes = new ArrayList<>();
    for (String key : REQUIRED) {
      if (!given.has(key)) {
        mistakes.add("--" + key + " is missing");
      }
    }
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", mistakes));
    }
    Map<String, String> variables = new LinkedHashMap<>();
    given
        .toMap()
        .forEach(
            (key, value) -> {
              if (key.startsWith("set.")) {
                variables.put(key.substring("set.".length()), value);
              }
            });
    String service = given.get("service");
    return new FeatureJobConfig(
        Path.of(given.get("definitions")),
        variables,
        service,
        given.get("kafka.bootstrap-servers"),
        given.get("registry.url"),
        given.get("kafka.group", "millrace-" + service),
        given.get("predictions.topic", "predictions-" + service),
        Path.of(given.get("online.path")).toAbsolutePath(),
        Path.of(given.get("offline.path")).toAbsolutePath(),
        Path.of(given.get("models.path")).toAbsolutePath(),
        given.get("model", ""),
        Path.of(given.get("checkpoints.path")).toAbsolutePath(),
        duration(given, "checkpoints.interval", "PT5S"),
        duration(given, "source.alignment", "P7D"),
        duration(given, "source.future-guard", "PT10M"),
        given.getInt("parallelism", 2),
        given.getBoolean("local", false),
        given.getInt("metrics.port", 0),
        given.getInt("rest.port", 0));
  }

  private static Duration duration(ParameterTool given, String key, String otherwise) {
    String text = given.get(key, otherwise);
    try {
      return Duration.parse(text);
    } catch (java.time.format.DateTimeParseException e) {
      throw new IllegalArgumentException(
          "--" + key + " is a duration such as PT5S or P7D, but it is " + text, e);
    }
  }
}
