package io.millrace.server.erase;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.Erasure.Phase;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.offline.erasure.SideJobs.SideJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Lets the jobs refuse a subject, then drop it, then sweep what only they can write to. */
final class JobSteps {
  private final ErasureTopics topics;
  private final Receipt receipt;
  private final Consumer<String> progress;

  JobSteps(ErasureTopics topics, Receipt receipt, Consumer<String> progress) {
    this.topics = topics;
    this.receipt = receipt;
    this.progress = progress;
  }

  /**
   * Refuse, drop, sweep; each is told when all have obeyed the one before.
   *
   * @param named jobs that must obey
   * @param beside those that must too, since they may go on from their checkpoints
   * @param patience for each answer
   * @return what the jobs said; empty if not all obeyed
   */
  Optional<Collection<ErasureAck>> run(
      Erasure erasure, Collection<String> named, List<SideJob> beside, Duration patience)
      throws InterruptedException {
    List<String> jobs =
        Stream.concat(named.stream(), beside.stream().map(SideJob::name)).distinct().toList();
    Map<String, Map<String, Long>> removed = new TreeMap<>();
    Map<String, Long> checkpoints = new TreeMap<>();
    Map<String, Long> obeyedMs = new TreeMap<>();
    List<ErasureAck> last = new ArrayList<>();
    boolean all = true;
    for (Phase phase : List.of(Phase.CLOSE, Phase.DROP, Phase.SWEEP)) {
      Erasure step = erasure.in(phase, erasure.atMs());
      // Of a run that was cut off, what was told stays told.
      if (phase.compareTo(erasure.phase()) >= 0) {
        topics.tell(step);
      }
      if (!all) {
        continue; // what a job that is started later finds
      }
      progress.accept(
          switch (phase) {
            case CLOSE -> "the jobs refuse the subject";
            case DROP -> "the jobs drop the subject's state";
            default -> "the jobs empty what only they can write to";
          });
      Map<String, List<ErasureAck>> said = topics.await(step, jobs, patience);
      for (String job : jobs) {
        if (!said.containsKey(job)) {
          all = false;
          receipt.incomplete("state", "job " + job, silent(job, phase, beside, patience));
        }
      }
      for (List<ErasureAck> acks : said.values()) {
        last.addAll(acks);
        for (ErasureAck ack : acks) {
          removed
              .computeIfAbsent(ack.job(), job -> new TreeMap<>())
              .merge(ack.operator() + "-" + ack.subtask(), ack.removed(), Math::max);
          checkpoints.merge(ack.job(), ack.checkpoint(), Math::max);
          obeyedMs.merge(ack.job(), ack.takenAtMs(), Math::max);
        }
      }
    }
    ObjectNode told = receipt.said().putObject("jobs");
    removed.forEach(
        (job, counts) -> {
          ObjectNode node = told.putObject(job).put("checkpoint", checkpoints.get(job));
          node.put("obeyed-at", Instant.ofEpochMilli(obeyedMs.get(job)).toString());
          ObjectNode dropped = node.putObject("dropped");
          counts.forEach(dropped::put);
          receipt.found(counts.values().stream().anyMatch(count -> count > 0));
        });
    return all ? Optional.of(last) : Optional.empty();
  }

  private static String silent(String job, Phase phase, List<SideJob> beside, Duration patience) {
    List<String> folders =
        beside.stream()
            .filter(one -> one.name().equals(job))
            .map(one -> one.checkpoints().toString())
            .toList();
    return "it did not obey ("
        + phase
        + ") within "
        + patience
        + "; what it keeps is dropped when it next starts, and it refuses the subject; run this"
        + " again while it runs"
        + (folders.isEmpty()
            ? ""
            : ", or delete its checkpoints (and, if those are on another machine, its note in"
                + " _erasure/jobs of the store) if it has ended for good: "
                + String.join(", ", folders));
  }
}
