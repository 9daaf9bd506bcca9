package io.millrace.offline.erasure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.offline.OfflineException;
import io.millrace.offline.OfflineStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
 * {@code hash} is SHA-256 of the line without it. Processes may add at the same time. Thread-safe.
 */
public final class AuditLog {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String START = "0".repeat(64);

  private final Path file;
  private final InstantSource clock;

  public AuditLog(OfflineStore store, InstantSource clock) {
    this.file = store.root().resolve("_audit").resolve("log.jsonl");
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
    try {
      Files.createDirectories(file.getParent());
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        channel.lock();
        List<Entry> before = parsed(Files.readString(file));
        Optional<Entry> last =
            before.isEmpty() ? Optional.empty() : Optional.of(before.get(before.size() - 1));
        ObjectNode line = JSON.createObjectNode();
        line.put("n", last.map(Entry::n).orElse(0L) + 1);
        line.put("at", clock.instant().toString());
        line.put("who", who).put("what", what);
        line.set("details", JSON.valueToTree(details));
        line.put("previous", last.map(Entry::hash).orElse(START));
        line.put("hash", hash(line));
        ByteBuffer bytes =
            ByteBuffer.wrap(
                (JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
        channel.position(channel.size());
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
        return entry(line);
      }
    } catch (IOException e) {
      throw new OfflineException(
          file + " cannot be written (" + e + "); what is not in the audit log is not done", e);
    }
  }

  /**
   * All lines, the oldest first; none if nothing was ever asked.
   *
   * @throws OfflineException naming the line at which the chain breaks
   */
  public List<Entry> read() {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      return parsed(Files.readString(file));
    } catch (IOException e) {
      throw new OfflineException(file + " cannot be read: " + e, e);
    }
  }

  private List<Entry> parsed(String text) {
    List<Entry> entries = new ArrayList<>();
    String previous = START;
    for (String line : text.lines().toList()) {
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
            + file
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
