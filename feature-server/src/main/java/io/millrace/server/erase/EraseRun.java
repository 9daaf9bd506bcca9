package io.millrace.server.erase;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.feature.erasure.SubjectHash;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.erasure.AuditLog;
import io.millrace.offline.erasure.StoreErasure;
import io.millrace.offline.erasure.StoreSecret;
import io.millrace.offline.erasure.TableReport;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.settings.OnlineSettings;
import io.millrace.schema.SchemaRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * One erasure, from the question to the receipt: the jobs refuse the subject, then drop it, then
 * empty what only they can write to; each is told when all have obeyed the one before in a complete
 * checkpoint. Then nothing of it is on its way, and the stores are rewritten. What cannot be
 * reached is named. Cut off anywhere, the subject stays refused, and the same call goes on.
 */
public final class EraseRun {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CHECKPOINTS_GO = Duration.ofSeconds(10);

  private final OfflineStore store;
  private final Definitions definitions;
  private final String bootstrapServers;
  private final SchemaRegistry registry;
  private final Optional<OnlineSettings> online;
  private final InstantSource clock;
  private final Consumer<String> progress;

  private final ObjectNode receipt = JSON.createObjectNode();
  private final ArrayNode remains = JSON.createArrayNode();
  private boolean complete = true;
  private boolean found;

  /**
   * @param online if the subject is in one
   * @param progress told what is being done
   */
  public EraseRun(
      OfflineStore store,
      Definitions definitions,
      String bootstrapServers,
      SchemaRegistry registry,
      Optional<OnlineSettings> online,
      InstantSource clock,
      Consumer<String> progress) {
    this.store = store;
    this.definitions = definitions;
    this.bootstrapServers = bootstrapServers;
    this.registry = registry;
    this.online = online;
    this.clock = clock;
    this.progress = progress;
  }

  /**
   * What came of it.
   *
   * @param complete whether nothing remains that could be reached
   * @param found whether there was anything of the subject
   * @param receipt to be signed
   */
  public record Result(String id, boolean complete, boolean found, ObjectNode receipt) {}

  /**
   * Erases.
   *
   * @throws OfflineException if the store cannot be written: nothing was told then
   */
  public Result run(EraseRequest request) throws InterruptedException {
    String hash =
        new SubjectHash(StoreSecret.orNew(store))
            .of(request.subject().column(), request.subject().value());
    AuditLog audit = new AuditLog(store, clock);
    try (ErasureTopics topics = ErasureTopics.open(bootstrapServers, registry)) {
      Instant asked = clock.instant();
      Erasure erasure =
          topics
              .unfinished(request.subject().column(), hash)
              .orElseGet(
                  () ->
                      new Erasure(
                          UUID.randomUUID().toString(),
                          request.subject().column(),
                          hash,
                          Erasure.Phase.CLOSE,
                          request.until().toEpochMilli(),
                          asked.toEpochMilli()));
      audit.add(
          request.requestedBy(),
          "erase",
          Map.of(
              "erasure", erasure.id(),
              "column", erasure.column(),
              "subject", hash,
              "reason", request.reason()));
      head(request, erasure, asked);
      Optional<Collection<ErasureAck>> obeyed = tellJobs(topics, erasure, request);
      long goneMs =
          obeyed.stream()
              .flatMap(Collection::stream)
              .mapToLong(ErasureAck::takenAtMs)
              .max()
              .orElseGet(clock::millis);
      StoreErasure offline =
          new StoreErasure(store, definitions, request.subject(), erasure, clock);
      if (online(request, offline, obeyed.isPresent())) {
        progress.accept("rewriting the offline store");
        offline(offline, request, goneMs);
      } else {
        // Its rows name the online store's keys of several columns.
        incomplete("rows", "the offline store", "the online store is emptied: run this again");
      }
      obeyed.ifPresent(acks -> leftBehind(offline, acks));
      oldCheckpoints(request, goneMs);
      remains(request);
      Instant done = clock.instant();
      if (complete) {
        topics.tell(erasure.in(Erasure.Phase.OPEN, done.toEpochMilli()));
      }
      receipt.put("done-at", done.toString());
      receipt.put("complete", complete);
      receipt.put("result", !complete ? "incomplete" : found ? "erased" : "nothing found");
      receipt.set("remains", remains);
      audit.add(
          request.requestedBy(),
          complete ? "erased" : "erase-incomplete",
          Map.of("erasure", erasure.id(), "subject", hash, "found", found));
      return new Result(erasure.id(), complete, found, receipt);
    }
  }

  private void head(EraseRequest request, Erasure erasure, Instant asked) {
    receipt.put("erasure", erasure.id()).put("column", erasure.column());
    receipt.put("subject", erasure.subject());
    receipt.put("subject-is", "HMAC-SHA256 of column, 0x00 and value with the store's secret");
    receipt.put("requested-by", request.requestedBy()).put("reason", request.reason());
    receipt.put("asked-at", asked.toString());
    receipt.put("refused-until", Instant.ofEpochMilli(erasure.untilMs()).toString());
  }

  /**
   * Refuse, drop, sweep.
   *
   * @return what the jobs said; empty if not all obeyed
   */
  private Optional<Collection<ErasureAck>> tellJobs(
      ErasureTopics topics, Erasure erasure, EraseRequest request) throws InterruptedException {
    List<String> jobs = request.jobs();
    Map<String, Map<String, Long>> removed = new TreeMap<>();
    Map<String, Long> checkpoints = new TreeMap<>();
    List<ErasureAck> last = new ArrayList<>();
    boolean all = true;
    for (Erasure.Phase phase :
        List.of(Erasure.Phase.CLOSE, Erasure.Phase.DROP, Erasure.Phase.SWEEP)) {
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
      Map<String, List<ErasureAck>> said = topics.await(step, jobs, request.patience());
      for (String job : jobs) {
        if (!said.containsKey(job)) {
          all = false;
          incomplete(
              "state",
              "job " + job,
              "it did not obey ("
                  + phase
                  + ") within "
                  + request.patience()
                  + "; what it keeps is dropped when it next starts, and it refuses the subject;"
                  + " run this again while it runs");
        }
      }
      said.values()
          .forEach(
              acks -> {
                last.addAll(acks);
                for (ErasureAck ack : acks) {
                  removed
                      .computeIfAbsent(ack.job(), job -> new TreeMap<>())
                      .merge(ack.operator() + "-" + ack.subtask(), ack.removed(), Math::max);
                  checkpoints.merge(ack.job(), ack.checkpoint(), Math::max);
                }
              });
    }
    ObjectNode told = receipt.putObject("jobs");
    removed.forEach(
        (job, counts) -> {
          ObjectNode node = told.putObject(job).put("checkpoint", checkpoints.get(job));
          ObjectNode dropped = node.putObject("dropped");
          counts.forEach(dropped::put);
          found |= counts.values().stream().anyMatch(count -> count > 0);
        });
    return all ? Optional.of(last) : Optional.empty();
  }

  /**
   * @return whether it has nothing of the subject any more
   */
  private boolean online(EraseRequest request, StoreErasure offline, boolean swept) {
    if (online.isEmpty()) {
      incomplete("rows", "the online store", "it was not named: run this again with --online");
      return false;
    }
    progress.accept("erasing online");
    if (!online.get().isShared() && swept) {
      receipt.put("online", "emptied by the job that writes it");
      return true;
    }
    try {
      long rows =
          OnlineErasure.run(online.get(), definitions, request.views(), request.subject(), offline);
      found |= rows > 0;
      receipt.putObject("online").put("rows", rows);
      return true;
    } catch (OnlineStoreException e) {
      incomplete("rows", "the online store " + online.get(), e.getMessage());
      return false;
    }
  }

  /** What was begun before all refused the subject was ended two checkpoints ago. */
  private void leftBehind(StoreErasure offline, Collection<ErasureAck> acks) {
    long closedMs =
        acks.stream()
            .filter(ack -> ack.phase() == Erasure.Phase.CLOSE)
            .mapToLong(ErasureAck::takenAtMs)
            .min()
            .orElse(Long.MIN_VALUE);
    for (Path file : offline.leftBehind(Instant.ofEpochMilli(closedMs))) {
      incomplete(
          "perhaps rows",
          "the file " + file,
          "it is deleted: a job left it half written (millrace offline expire --abandoned does"
              + " that); then run this again");
    }
  }

  /** What a job could be restored from and still has the subject. */
  private void oldCheckpoints(EraseRequest request, long goneMs) throws InterruptedException {
    Instant gone = Instant.ofEpochMilli(goneMs);
    try {
      for (Path folder : OldCheckpoints.in(request.checkpoints(), gone, CHECKPOINTS_GO)) {
        incomplete(
            "perhaps states",
            "the checkpoint or savepoint " + folder + " of before " + gone,
            "it is deleted, by the job that retains it or by hand, with its job's shared files if"
                + " that no longer runs; then run this again");
      }
    } catch (OfflineException e) {
      incomplete("perhaps states", "checkpoints", e.getMessage());
    }
    remains
        .addObject()
        .put("what", "checkpoints and savepoints of before " + gone)
        .put("where", "outside of the folders that were named with --checkpoints")
        .put("until", "they are deleted; a job that is restored from one drops the subject again");
  }

  private void offline(StoreErasure offline, EraseRequest request, long goneMs) {
    ArrayNode tables = receipt.putArray("tables");
    try {
      List<TableReport> reports =
          offline.run(goneMs, new LettersOfSubject(request.subject(), definitions, registry));
      for (TableReport report : reports) {
        found = true;
        tables
            .addObject()
            .put("table", report.table())
            .put("rows", report.rows())
            .put("files-written", report.filesWritten())
            .put("files-deleted", report.filesDeleted())
            .put("snapshot-before", report.snapshotBefore())
            .put("snapshot-after", report.snapshotAfter())
            .put("snapshots-expired", report.expired());
      }
    } catch (OfflineException e) {
      incomplete("rows", "the offline store", e.getMessage());
    }
  }

  private void remains(EraseRequest request) throws InterruptedException {
    List<String> topics = new ArrayList<>();
    request.sources().stream().map(EventSource::topic).forEach(topics::add);
    for (String service : request.services()) {
      topics.addAll(List.of("predictions-" + service, "shadow-" + service, "outcomes-" + service));
      remains
          .addObject()
          .put("what", "open predictions and labels, if their key has the subject")
          .put("where", "job monitor " + service)
          .put("until", "the label's horizon has passed");
    }
    KafkaRemains.add(bootstrapServers, topics, clock.instant(), remains);
    new AuditLog(store, clock)
        .read().stream()
            .filter(entry -> entry.details().has("exported-to"))
            .map(entry -> entry.details().path("exported-to").asText())
            .distinct()
            .forEach(
                file ->
                    remains
                        .addObject()
                        .put("what", "exported file")
                        .put("where", file)
                        .put("until", "it is deleted by who has it"));
    remains
        .addObject()
        .put("what", "copies and backups; models that were trained with the subject")
        .put("where", "outside of the store")
        .put("until", "they are deleted by who made them");
    remains
        .addObject()
        .put("what", "sums and counts of many, such as the views of other keys")
        .put("where", "states and rows of others")
        .put("until", "their windows have passed; nothing in them tells the subject");
  }

  private void incomplete(String what, String where, String why) {
    complete = false;
    remains.addObject().put("what", what).put("where", where).put("until", why);
  }
}
