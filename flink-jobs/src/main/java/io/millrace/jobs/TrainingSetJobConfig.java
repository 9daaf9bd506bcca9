package io.millrace.jobs;

import io.millrace.offline.training.SpineSet.SpineOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a training set job is told.
 *
 * @param definitions the folder of definition files
 * @param variables what {@code ${name}} in them stands for
 * @param service whose vectors are made
 * @param spine the file of rows
 * @param spineOptions the time column, and the memory to sort in
 * @param out the folder that appears
 * @param store the offline store; empty means the declared histories
 * @param snapshots by source what of its table is read
 * @param asKnown whether a row sees only what was known before its time
 * @param cluster the REST address, host:port; empty means what the environment says
 * @param parallelism of the whole job
 * @param local whether to run a cluster of one's own inside this process
 */
public record TrainingSetJobConfig(
    Path definitions,
    Map<String, String> variables,
    String service,
    Path spine,
    SpineOptions spineOptions,
    Path out,
    Optional<Path> store,
    Map<String, Long> snapshots,
    boolean asKnown,
    String cluster,
    int parallelism,
    boolean local) {
  /**
   * Reads {@code --key value} arguments; the keys are those of {@link TrainingSetJobOptions}.
   *
   * @throws IllegalArgumentException naming every argument that is missing, unknown or cannot be
   *     read
   */
  public static TrainingSetJobConfig of(String... arguments) {
    Arguments given =
        Arguments.read(TrainingSetJobOptions.ALL, TrainingSetJobConfig::mistakes, arguments);
    String time = given.textOr(TrainingSetJobOptions.TIME, "");
    String store = given.textOr(TrainingSetJobOptions.STORE, "");
    return new TrainingSetJobConfig(
        Path.of(given.text(TrainingSetJobOptions.DEFINITIONS)),
        given.variables(),
        given.text(TrainingSetJobOptions.SERVICE),
        given.folder(TrainingSetJobOptions.SPINE),
        new SpineOptions(
            time.isEmpty() ? Optional.empty() : Optional.of(time),
            1,
            given.number(TrainingSetJobOptions.MEMORY)),
        given.folder(TrainingSetJobOptions.OUT),
        store.isEmpty() ? Optional.empty() : Optional.of(Path.of(store).toAbsolutePath()),
        snapshots(given.textOr(TrainingSetJobOptions.SNAPSHOT, "")),
        given.truth(TrainingSetJobOptions.AS_KNOWN),
        given.textOr(TrainingSetJobOptions.CLUSTER, ""),
        given.number(TrainingSetJobOptions.PARALLELISM),
        given.truth(TrainingSetJobOptions.LOCAL));
  }

  private static List<String> mistakes(Map<String, String> given) {
    List<String> mistakes = new ArrayList<>();
    boolean store = given.containsKey(TrainingSetJobOptions.STORE.key());
    if (given.containsKey(TrainingSetJobOptions.SNAPSHOT.key()) && !store) {
      mistakes.add("snapshot needs --store, whose snapshots are meant");
    }
    if (Boolean.parseBoolean(given.get(TrainingSetJobOptions.AS_KNOWN.key())) && !store) {
      mistakes.add("as-known needs --store, which knows when an event became known");
    }
    String cluster = given.getOrDefault(TrainingSetJobOptions.CLUSTER.key(), "host:8081");
    if (!cluster.matches("[^:\\s]+:\\d{1,5}")) {
      mistakes.add("cluster is host:port, such as jobmanager:8081, but it is " + cluster);
    }
    if (given.getOrDefault(TrainingSetJobOptions.PARALLELISM.key(), "1").matches("-.*|0+")) {
      mistakes.add("parallelism is 1 or more");
    }
    if (given
        .getOrDefault(TrainingSetJobOptions.MEMORY.key(), "64")
        .matches("-.*|\\d|[0-5]\\d|6[0-3]")) {
      mistakes.add("memory is 64 MB or more");
    }
    for (String one : words(given.getOrDefault(TrainingSetJobOptions.SNAPSHOT.key(), ""))) {
      if (!one.matches("[^=]+=\\d{1,18}")) {
        mistakes.add("snapshot is SOURCE=ID, such as arrived=12, but it is " + one);
      }
    }
    return mistakes;
  }

  private static Map<String, Long> snapshots(String text) {
    Map<String, Long> snapshots = new TreeMap<>();
    for (String one : words(text)) {
      int equals = one.indexOf('=');
      snapshots.put(one.substring(0, equals), Long.valueOf(one.substring(equals + 1)));
    }
    return snapshots;
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.trim().split("\\s*,\\s*", -1));
  }
}
