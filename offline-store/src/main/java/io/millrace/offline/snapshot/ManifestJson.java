package io.millrace.offline.snapshot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.offline.OfflineException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The bytes of a manifest.
 *
 * <pre>
 * {"format": 1, "snapshot": 12, "parent": 11, "base": 1, "oldest": 1,
 *  "operation": "append", "at": "2026-11-21T14:00:00Z", "watermark": "2008-03-09T10:00:00Z",
 *  "rows": 120, "bytes": 9000, "files": 3, "offsets": {"0": {"first": 0, "last": 130, "rows": 120}},
 *  "writers": {"8d1f": 4},
 *  "schemas": {"1a2b3c4d5e6f": "message ..."},
 *  "added": [{"path": "dt=2008-03-09/part-1.parquet", "bytes": 3000, "rows": 40,
 *             "schema": "1a2b3c4d5e6f", "min-time": "...", "max-time": "...", "offsets": {}}],
 *  "removed": [],
 *  "whole": [ all files, as in added ]}          only in some; see base
 * </pre>
 *
 * A format that is not known is refused; fields that are not known are passed over.
 */
final class ManifestJson {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private ManifestJson() {}

  static byte[] write(Manifest manifest) {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT);
    root.put("snapshot", manifest.id());
    root.put("parent", manifest.parent());
    root.put("base", manifest.base());
    root.put("oldest", manifest.oldest());
    root.put("operation", manifest.operation());
    root.put("at", manifest.at().toString());
    if (manifest.watermarkMs().isPresent()) {
      root.put("watermark", Instant.ofEpochMilli(manifest.watermarkMs().getAsLong()).toString());
    }
    root.put("rows", manifest.rows());
    root.put("bytes", manifest.bytes());
    root.put("files", manifest.fileCount());
    write(root.putObject("offsets"), manifest.offsets());
    ObjectNode writers = root.putObject("writers");
    manifest.writers().forEach(writers::put);
    ObjectNode schemas = root.putObject("schemas");
    new TreeMap<>(manifest.schemas()).forEach(schemas::put);
    write(root.putArray("added"), manifest.added());
    ArrayNode removed = root.putArray("removed");
    manifest.removed().forEach(removed::add);
    manifest.whole().ifPresent(files -> write(root.putArray("whole"), files));
    try {
      return JSON.writeValueAsBytes(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest cannot be written as JSON", e);
    }
  }

  /**
   * @param place the file, for messages
   * @throws OfflineException naming the file and the fix, if it is no manifest
   */
  static Manifest read(String place, byte[] bytes) {
    JsonNode root;
    try {
      root = JSON.readTree(bytes);
    } catch (IOException e) {
      throw broken(place, String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
    if (root.path("format").asInt() != FORMAT) {
      throw broken(
          place,
          "its format is "
              + (root.has("format") ? root.get("format") : "not told")
              + ", but this version reads "
              + FORMAT,
          null);
    }
    try {
      return new Manifest(
          number(root, "snapshot"),
          number(root, "parent"),
          number(root, "base"),
          number(root, "oldest"),
          text(root, "operation"),
          Instant.parse(text(root, "at")),
          root.has("watermark") ? OptionalLong.of(millis(root, "watermark")) : OptionalLong.empty(),
          number(root, "rows"),
          number(root, "bytes"),
          number(root, "files"),
          offsets(root.path("offsets")),
          writers(root.path("writers")),
          schemas(root.path("schemas")),
          files(root, "added"),
          texts(root.path("removed")),
          root.has("whole") ? Optional.of(files(root, "whole")) : Optional.empty());
    } catch (IllegalArgumentException | DateTimeException e) {
      throw broken(place, String.valueOf(e.getMessage()), e);
    }
  }

  private static void write(ArrayNode array, List<DataFile> files) {
    for (DataFile file : files) {
      ObjectNode node = array.addObject();
      node.put("path", file.path());
      node.put("bytes", file.bytes());
      node.put("rows", file.rows());
      node.put("schema", file.schema());
      if (file.hasTimes()) {
        node.put("min-time", Instant.ofEpochMilli(file.minTimeMs()).toString());
        node.put("max-time", Instant.ofEpochMilli(file.maxTimeMs()).toString());
      }
      write(node.putObject("offsets"), file.offsets());
    }
  }

  private static void write(ObjectNode node, SortedMap<Integer, OffsetRange> offsets) {
    offsets.forEach(
        (partition, range) ->
            node.putObject(partition.toString())
                .put("first", range.first())
                .put("last", range.last())
                .put("rows", range.rows()));
  }

  private static List<DataFile> files(JsonNode root, String name) {
    List<DataFile> files = new ArrayList<>();
    for (JsonNode node : root.path(name)) {
      boolean times = node.has("min-time") && node.has("max-time");
      files.add(
          new DataFile(
              text(node, "path"),
              number(node, "bytes"),
              number(node, "rows"),
              text(node, "schema"),
              times ? millis(node, "min-time") : Long.MAX_VALUE,
              times ? millis(node, "max-time") : Long.MIN_VALUE,
              offsets(node.path("offsets"))));
    }
    return files;
  }

  private static SortedMap<Integer, OffsetRange> offsets(JsonNode node) {
    SortedMap<Integer, OffsetRange> offsets = new TreeMap<>();
    for (Map.Entry<String, JsonNode> part : node.properties()) {
      JsonNode range = part.getValue();
      offsets.put(
          Integer.valueOf(part.getKey()),
          new OffsetRange(number(range, "first"), number(range, "last"), number(range, "rows")));
    }
    return offsets;
  }

  private static SortedMap<String, Long> writers(JsonNode node) {
    SortedMap<String, Long> writers = new TreeMap<>();
    node.properties().forEach(writer -> writers.put(writer.getKey(), writer.getValue().asLong()));
    return writers;
  }

  private static SortedMap<String, String> schemas(JsonNode node) {
    SortedMap<String, String> schemas = new TreeMap<>();
    node.properties().forEach(schema -> schemas.put(schema.getKey(), schema.getValue().asText()));
    return schemas;
  }

  private static List<String> texts(JsonNode node) {
    List<String> texts = new ArrayList<>();
    node.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private static long millis(JsonNode node, String name) {
    return Instant.parse(text(node, name)).toEpochMilli();
  }

  private static long number(JsonNode node, String name) {
    if (!node.path(name).isIntegralNumber()) {
      throw new IllegalArgumentException("\"" + name + "\" is no number: " + node.path(name));
    }
    return node.path(name).asLong();
  }

  private static String text(JsonNode node, String name) {
    if (!node.path(name).isTextual()) {
      throw new IllegalArgumentException("\"" + name + "\" is no text: " + node.path(name));
    }
    return node.path(name).asText();
  }

  private static OfflineException broken(String place, String what, Exception cause) {
    return new OfflineException(
        place
            + " is no manifest that can be read ("
            + what
            + "); put it back from a copy, or name an older snapshot",
        cause);
  }
}
