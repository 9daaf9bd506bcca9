package io.millrace.server.erase;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.Definitions;
import io.millrace.feature.definition.DefinitionException;
import io.millrace.feature.definition.DefinitionFiles;
import io.millrace.feature.erasure.Erasure;
import io.millrace.feature.erasure.ErasureAck;
import io.millrace.feature.erasure.SubjectHash;
import io.millrace.offline.OfflineException;
import io.millrace.offline.erasure.AuditLog;
import io.millrace.offline.erasure.SideJobs;
import io.millrace.offline.erasure.SideJobs.SideJob;
import io.millrace.offline.erasure.StoreErasure;
import io.millrace.offline.erasure.StoreSecret;
import io.millrace.offline.erasure.TableReport;
import io.millrace.offline.maintenance.LocalStorePlace;
import io.millrace.offline.plan.Applied;
import io.millrace.offline.plan.AppliedDefinitions;
import io.millrace.offline.snapshot.StorePlace;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.settings.OnlineSettings;
import io.millrace.schema.SchemaRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One erasure, from the question to the receipt: the jobs refuse the subject, then drop it, then
 * empty what only they can write to; each is told when all have obeyed the one before in a complete
 * checkpoint. Then nothing of it is on its way, and the stores are rewritten. What cannot be
 * reached is named. Cut off anywhere, the subject stays refused, and the same call goes on.
 */
public final class EraseRun {
  private static final Duration CHECKPOINTS_GO = Duration.ofSeconds(10);

  private final StorePlace store;
  private final Definitions definitions;
  private final String bootstrapServers;
  private final SchemaRegistry registry;
  private final Optional<OnlineSettings> online;
  private final InstantSource clock;
  private final Consumer<String> progress;

  private final Receipt receipt = new Receipt();

  /**
   * @param online if the subject is in one
   * @param progress told what is being done
   */
  public EraseRun(
      StorePlace store,
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
    List<SideJob> beside = SideJobs.all(store);
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
      Optional<Collection<ErasureAck>> obeyed =
          new JobSteps(topics, receipt, progress)
              .run(erasure, request.jobs(), beside, request.patience());
      long goneMs =
          obeyed.stream()
              .flatMap(Collection::stream)
              .mapToLong(ErasureAck::takenAtMs)
              .max()
              .orElseGet(clock::millis);
      StoreErasure offline =
          new StoreErasure(store, definitions, request.subject(), erasure, clock);
      if (online(request, beside, offline, obeyed.isPresent())) {
        progress.accept("rewriting the offline store");
        // Nothing of the value has come since all refuse it, whatever the clocks say.
        offline(offline, request, obeyed.isPresent() ? Long.MAX_VALUE : goneMs);
      } else {
        // Its rows name the online store's keys of several columns.
        receipt.incomplete(
            "rows", "the offline store", "the online store is emptied: run this again");
      }
      obeyed.ifPresent(acks -> leftBehind(offline, request, acks));
      // A job that has not obeyed does not replace its checkpoints.
      Duration go = obeyed.isPresent() ? CHECKPOINTS_GO : Duration.ZERO;
      oldCheckpoints(request, beside, goneMs, go);
      boolean shared = online.map(OnlineSettings::isShared).orElse(false);
      if (!store.isFolder()) {
        Remains.addObjects(store.root(), receipt);
      }
      Remains.add(request, bootstrapServers, audit, shared, clock.instant(), receipt);
      Instant done = clock.instant();
      boolean complete = receipt.isComplete();
      boolean found = receipt.hasFound();
      if (complete) {
        topics.tell(erasure.in(Erasure.Phase.OPEN, done.toEpochMilli()));
      }
      audit.add(
          request.requestedBy(),
          complete ? "erased" : "erase-incomplete",
          Map.of("erasure", erasure.id(), "subject", hash, "found", found));
      return new Result(erasure.id(), complete, found, receipt.ended(done));
    }
  }

  private void head(EraseRequest request, Erasure erasure, Instant asked) {
    ObjectNode said = receipt.said();
    said.put("erasure", erasure.id()).put("column", erasure.column());
    said.put("subject", erasure.subject());
    said.put("subject-is", "HMAC-SHA256 of column, 0x00 and value with the store's secret");
    said.put("requested-by", request.requestedBy()).put("reason", request.reason());
    said.put("asked-at", asked.toString());
    said.put("refused-until", Instant.ofEpochMilli(erasure.untilMs()).toString());
  }

  /**
   * @return whether it has nothing of the subject any more
   */
  private boolean online(
      EraseRequest request, List<SideJob> beside, StoreErasure offline, boolean swept)
      throws InterruptedException {
    if (online.isEmpty()) {
      receipt.incomplete(
          "rows", "the online store", "it was not named: run this again with --online");
      return false;
    }
    progress.accept("erasing online");
    if (!online.get().isShared() && swept) {
      receipt.said().put("online", "emptied by the job that writes it");
      return true;
    }
    try {
      OnlineErasure.Result done =
          OnlineErasure.run(
              online.get(), everDefined(beside), request.subject(), offline, request.patience());
      receipt.found(done.rows() > 0);
      receipt.said().putObject("online").put("rows", done.rows());
      done.onDisk()
          .ifPresent(
              why ->
                  receipt.remains(
                      "rows that were deleted",
                      "append-only files and snapshots of the Redis servers (" + why + ")",
                      "each has written them anew: BGREWRITEAOF, BGSAVE"));
      return true;
    } catch (OnlineStoreException e) {
      receipt.incomplete("rows", "the online store " + online.get(), e.getMessage());
      return false;
    }
  }

  /** By which rows may have been put online: other versions of the views among them. */
  private List<Definitions> everDefined(List<SideJob> beside) {
    List<Definitions> all = new ArrayList<>(List.of(definitions));
    // An object store has none: they are applied to folders alone.
    if (store instanceof LocalStorePlace local) {
      AppliedDefinitions applied = new AppliedDefinitions(local.store());
      applied.current().map(Applied::definitions).ifPresent(all::add);
      applied.others().stream().map(Applied::definitions).forEach(all::add);
    }
    for (SideJob job : beside) {
      try {
        all.add(DefinitionFiles.load(job.definitions(), job.variables()));
      } catch (DefinitionException e) {
        receipt.incomplete(
            "perhaps rows",
            "the online store, of the views of job " + job.name(),
            "its definitions can be read: " + e.getMessage() + "; then run this again");
      }
    }
    return all;
  }

  /** What was begun before all refused the subject was ended two checkpoints ago. */
  private void leftBehind(StoreErasure offline, EraseRequest request, Collection<ErasureAck> acks) {
    long closedMs =
        acks.stream()
            .filter(ack -> ack.phase() == Erasure.Phase.CLOSE)
            .mapToLong(ErasureAck::takenAtMs)
            .min()
            .orElse(Long.MIN_VALUE);
    List<String> monitored =
        request.services().stream()
            .filter(service -> request.jobs().contains(EraseRequest.monitorOf(service)))
            .toList();
    for (String file : offline.leftBehind(Instant.ofEpochMilli(closedMs), monitored)) {
      receipt.incomplete(
          "perhaps rows",
          "the file " + file,
          "it is deleted: a job left it half written (millrace offline expire --abandoned does"
              + " that); then run this again");
    }
  }

  /** What a job could be restored from and still has the subject. */
  private void oldCheckpoints(
      EraseRequest request, List<SideJob> beside, long goneMs, Duration patience)
      throws InterruptedException {
    Instant gone = Instant.ofEpochMilli(goneMs);
    List<Path> folders =
        Stream.concat(
                request.checkpoints().stream().map(one -> one.toAbsolutePath().normalize()),
                beside.stream().map(SideJob::checkpoints).filter(Files::isDirectory))
            .distinct()
            .toList();
    try {
      for (Path folder : OldCheckpoints.in(folders, gone, patience)) {
        receipt.incomplete(
            "perhaps states",
            "the checkpoint or savepoint " + folder + " of before " + gone,
            "it is deleted, by the job that retains it or by hand, with its job's shared files if"
                + " that no longer runs; then run this again");
      }
    } catch (OfflineException e) {
      receipt.incomplete("perhaps states", "checkpoints", e.getMessage());
    }
    receipt.remains(
        "checkpoints and savepoints of before " + gone,
        "outside of the folders that were named with --checkpoints",
        "they are deleted; a job that is restored from one drops the subject again");
  }

  private void offline(StoreErasure offline, EraseRequest request, long goneMs) {
    ArrayNode tables = receipt.said().putArray("tables");
    try {
      List<TableReport> reports =
          offline.run(goneMs, new LettersOfSubject(request.subject(), definitions, registry));
      for (TableReport report : reports) {
        receipt.found(true);
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
      receipt.incomplete("rows", "the offline store", e.getMessage());
    }
  }
}
