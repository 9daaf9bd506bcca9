package io.millrace.server.erase;

import io.millrace.feature.EventSource;
import io.millrace.offline.erasure.AuditLog;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What an erasure does not reach, and until when it is there. Stateless. */
final class Remains {
  private Remains() {}

  /**
   * Adds the lines.
   *
   * @param sharedOnline whether rows are in servers of their own
   * @param now from when on nothing of the subject is added anywhere
   */
  static void add(
      EraseRequest request,
      String bootstrapServers,
      AuditLog audit,
      boolean sharedOnline,
      Instant now,
      Receipt receipt)
      throws InterruptedException {
    List<String> topics = new ArrayList<>();
    request.sources().stream().map(EventSource::topic).forEach(topics::add);
    for (String service : request.services()) {
      topics.addAll(List.of("predictions-" + service, "shadow-" + service, "outcomes-" + service));
      String monitor = EraseRequest.monitorOf(service);
      if (!request.jobs().contains(monitor)) {
        receipt.remains(
            "open predictions and labels, if their key has the subject",
            "job " + monitor + ", if it runs",
            "the label's horizon has passed; with --monitored it drops them");
      }
    }
    KafkaRemains.add(bootstrapServers, topics, now, receipt.remains());
    if (sharedOnline) {
      receipt.remains(
          "rows that were deleted",
          "append-only files and snapshots of replicas of the Redis servers, and copies of theirs",
          "they are written anew, or deleted");
    }
    audit.read().stream()
        .filter(entry -> entry.details().has("exported-to"))
        .map(entry -> entry.details().path("exported-to").asText())
        .distinct()
        .forEach(file -> receipt.remains("exported file", file, "it is deleted by who has it"));
    receipt.remains(
        "copies and backups; models that were trained with the subject",
        "outside of the store",
        "they are deleted by who made them");
    receipt.remains(
        "sums and counts of many, such as the views of other keys",
        "states and rows of others",
        "their windows have passed; nothing in them tells the subject");
  }

  /** What an object store may have that nobody can list through its objects. */
  static void addObjects(String root, Receipt receipt) {
    receipt.remains(
        "rows of objects that were deleted",
        "older versions of them, if the bucket of " + root + " keeps versions",
        "the bucket's lifecycle ends noncurrent versions, or they are deleted by hand");
    receipt.remains(
        "rows of files that a killed job began",
        "uploads of several parts to " + root + " that were never ended",
        "they are aborted, by the bucket's lifecycle (AbortIncompleteMultipartUpload) or by hand");
  }
}
