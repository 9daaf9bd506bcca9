package io.millrace.offline.erasure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import io.millrace.offline.maintenance.LocalStorePlace;
import io.millrace.offline.snapshot.StorePlace;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who asked the store for what, and when: lines of JSON in {@code _audit/log.jsonl}, only ever
 * added to. Each line has the hash of the one before, so a line that is changed, taken out or put
 * in between breaks the chain, and {@link #read} says where. That the newest lines are missing it
 * cannot tell: whoever must know keeps the last hash elsewhere.
 *
 * <pre>
 * {"n": 2, "at": "...", "who": "ann", "what": "erase", "details": {...}, "previous": "ab..", "hash": "cd.."}
 * </pre>
 *
 * {@code hash} is SHA-256 of the line without it. In an object store, whose objects cannot be added
 * to, each line is an object: {@code _audit/0000000002.json}. Processes may add at the same time.
 * Thread-safe.
 */
public final class AuditLog {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FOLDER = "_audit";
  private static final String START = "0".repeat(64);

  private final AuditLines lines;
  private final InstantSource clock;

  /** Of a store in a folder. */
  public AuditLog(OfflineStore store, InstantSource clock) {
    this(new LocalStorePlace(store), clock);
  }

  /** Of a store wherever it lies. */
  public AuditLog(StorePlace store, InstantSource clock) {
    this.lines =
        store instanceof LocalStorePlace local
            ? new AuditLines.OfFile(local.store().root().resolve(FOLDER).resolve("log.jsonl"))
            : new AuditLines.OfObjects(store, FOLDER);
    this.clock = clock;
  }

  /**
   * A line.
   *
   * @param n from 1
   * @param at as ISO-8601
   */
  public record Entry(long n, String at, String who, String what, JsonNode details, String hash) {}

  /**
   * Adds a line and brings it to the disk.
   *
   * @param details hold no value of a subject
   * @throws OfflineException if it cannot be written, or the log's end is broken
   */
  public synchronized Entry add(String who, String what, Map<String, ?> details) {
    ObjectNode line = JSON.createObjectNode();
    try {
      lines.append(
          texts -> {
            List<Entry> before = parsed(texts);
            Optional<Entry> last =
                before.isEmpty() ? Optional.empty() : Optional.of(before.get(before.size() - 1));
            line.removeAll();
            line.put("n", last.map(Entry::n).orElse(0L) + 1);
            line.put("at", clock.instant().toString());
            line.put("who", who).put("what", what);
            line.set("details", JSON.valueToTree(details));
            line.put("previous", last.map(Entry::hash).orElse(START));
            line.put("hash", hash(line));
            return line + "\n";
          });
      return entry(line);
    } catch (IOException e) {
      throw new OfflineException(
          lines.place()
              + " cannot be written ("
              + e
              + "); what is not in the audit log is not done",
          e);
    }
  }

  /**
   * All lines, the oldest first; none if nothing was ever asked.
   *
   * @throws OfflineException naming the line at which the chain breaks
   */
  public List<Entry> read() {
    try {
      return parsed(lines.read());
    } catch (IOException e) {
      throw new OfflineException(lines.place() + " cannot be read: " + e, e);
    }
  }

  private List<Entry> parsed(List<String> texts) {
    List<Entry> entries = new ArrayList<>();
    String previous = START;
    for (String line : texts) {
      int number = entries.size() + 1;
      ObjectNode node;
      try {
        node = (ObjectNode) JSON.readTree(line);
      } catch (IOException | ClassCastException e) {
        throw broken(number, "it is no JSON object");
      }
      String hash = node.path("hash").asText();
      node.remove("hash");
      if (node.path("n").asLong() != number || !node.path("previous").asText().equals(previous)) {
        throw broken(number, "a line before it is missing, or was put in");
      }
      if (!hash(node).equals(hash)) {
        throw broken(number, "it was changed");
      }
      node.put("hash", hash);
      previous = hash;
      entries.add(entry(node));
    }
    return entries;
  }

  private OfflineException broken(int line, String how) {
    return new OfflineException(
        "the audit log "
            + lines.place()
            + " is broken at line "
            + line
            + ": "
            + how
            + "; put it back from a copy, and find out who writes there");
  }

  private static Entry entry(ObjectNode line) {
    return new Entry(
        line.path("n").asLong(),
        line.path("at").asText(),
        line.path("who").asText(),
        line.path("what").asText(),
        line.path("details"),
        line.path("hash").asText());
  }

  private static String hash(ObjectNode line) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(JSON.writeValueAsBytes(line)));
    } catch (NoSuchAlgorithmException | IOException e) {
      throw new IllegalStateException("every JDK has SHA-256, and a tree can be written", e);
    }
  }
}
