package io.millrace.server.backfill;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a backfill is told.
 *
 * @param definitions the folder of definition files
 * @param variables what {@code ${name}} in them stands for
 * @param service in whose job the views will be read
 * @param views which views are computed
 * @param offline root folder of the offline store, whose history is read and to which rows go
 * @param online settings of the online store
 * @param bootstrap the Kafka brokers
 * @param registry URL of the schema registry
 * @param home where Millrace is installed
 * @param parallelism of the job
 * @param alignment how far, in event time, one partition may run ahead of another
 * @param checkpointInterval how often a checkpoint is made
 * @param resume whether to go on from the checkpoint of an earlier run
 * @param exitWhenCaughtUp whether to end with a savepoint once it is caught up
 */
public record BackfillOptions(
    Path definitions,
    Map<String, String> variables,
    String service,
    List<String> views,
    Path offline,
    Map<String, String> online,
    String bootstrap,
    String registry,
    Path home,
    int parallelism,
    Duration alignment,
    Duration checkpointInterval,
    boolean resume,
    boolean exitWhenCaughtUp) {
  public BackfillOptions {
    variables = Map.copyOf(variables);
    views = List.copyOf(views);
    online = Map.copyOf(online);
    if (views.isEmpty() || parallelism < 1) {
      throw new IllegalArgumentException(
          "a backfill has a view and a subtask at least, but it has "
              + views
              + " and "
              + parallelism);
    }
  }
}
