package io.millrace.jobs.history;

import io.millrace.feature.EventSource;
import io.millrace.jobs.DefinitionSet;
import io.millrace.jobs.KafkaSettings;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.history.RecordedPast;
import io.millrace.offline.plan.Applied;
import io.millrace.offline.plan.AppliedDefinitions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

/** What must hold before a job begins with the recorded past. Stateless. */
public final class HistoryStart {
  private HistoryStart() {}

  /**
   * Reads how far the store has recorded, and checks that the topics go on from there and that the
   * sources mean what they meant when it was recorded.
   *
   * @return what the job begins with
   * @throws OfflineException naming all that does not hold, and what mends it
   * @throws IllegalStateException if the brokers cannot be asked
   */
  public static RecordedPast check(Path store, KafkaSettings kafka, DefinitionSet definitions) {
    OfflineStore offline = new OfflineStore(store);
    List<EventSource> sources = definitions.definitions().sources();
    List<String> problems = new ArrayList<>();
    problems.addAll(changed(offline, sources));
    RecordedPast past = RecordedPast.of(offline, sources);
    problems.addAll(gaps(past, kafka));
    if (!problems.isEmpty()) {
      throw new OfflineException(String.join("\n", problems));
    }
    return past;
  }

  /** What was recorded under another meaning would be read under this one. */
  static List<String> changed(OfflineStore store, List<EventSource> sources) {
    return new AppliedDefinitions(store)
        .current()
        .map(applied -> changed(applied, sources))
        .orElse(List.of());
  }

  private static List<String> changed(Applied applied, List<EventSource> sources) {
    List<String> problems = new ArrayList<>();
    for (EventSource is : sources) {
      applied.definitions().sources().stream()
          .filter(was -> was.name().equals(is.name()))
          .findFirst()
          .ifPresent(
              was -> {
                List<String> what = new ArrayList<>();
                differs(what, "topic", was.topic(), is.topic());
                differs(what, "event-time.field", was.time().field(), is.time().field());
                differs(what, "changes", was.changes(), is.changes());
                differs(what, "expect", was.expectations(), is.expectations());
                if (!what.isEmpty()) {
                  problems.add(
                      "the source "
                          + is.name()
                          + " is not the one that was applied (number "
                          + applied.number()
                          + "), under which its events were recorded: "
                          + String.join("; ", what)
                          + ". Give the changed source another name, or begin without history");
                }
              });
    }
    return problems;
  }

  private static void differs(List<String> what, String name, Object was, Object is) {
    if (!was.equals(is)) {
      what.add(name + " was " + was + " and is " + is);
    }
  }

  private static List<String> gaps(RecordedPast past, KafkaSettings kafka) {
    try (Admin admin =
        Admin.create(
            Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()))) {
      Set<String> there = admin.listTopics().names().get();
      Set<String> wanted =
          past.edges().keySet().stream().filter(there::contains).collect(Collectors.toSet());
      List<TopicPartition> partitions = new ArrayList<>();
      for (TopicDescription topic : admin.describeTopics(wanted).allTopicNames().get().values()) {
        topic
            .partitions()
            .forEach(part -> partitions.add(new TopicPartition(topic.name(), part.partition())));
      }
      return past.problems(
          offsets(admin, partitions, OffsetSpec.earliest()),
          offsets(admin, partitions, OffsetSpec.latest()));
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "the topics at "
              + kafka.bootstrapServers()
              + " cannot be compared with what is recorded: "
              + e.getCause().getMessage(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the topics were asked", e);
    }
  }

  private static Map<String, Map<Integer, Long>> offsets(
      Admin admin, List<TopicPartition> partitions, OffsetSpec spec)
      throws ExecutionException, InterruptedException {
    Map<String, Map<Integer, Long>> offsets = new HashMap<>();
    var found =
        admin
            .listOffsets(partitions.stream().collect(Collectors.toMap(one -> one, one -> spec)))
            .all()
            .get();
    found.forEach(
        (partition, of) ->
            offsets
                .computeIfAbsent(partition.topic(), topic -> new HashMap<>())
                .put(partition.partition(), of.offset()));
    return offsets;
  }
}
