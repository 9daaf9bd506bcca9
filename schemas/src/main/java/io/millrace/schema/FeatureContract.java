package io.millrace.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * What a model and its callers agree on: the names and types of a vector, in order. A model carries
 * the contract it was trained with; a job compares it with the vector it is about to send. Whether
 * a value may be null is no part of it.
 *
 * <pre>
 * FeatureContract.fromJson(bundle).requireSame(FeatureContract.of(plan.vectorSchema()));
 * </pre>
 */
public record FeatureContract(List<Entry> features) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FEATURES = "features";
  private static final String HASH = "hash";

  /** One value of the vector. */
  public record Entry(String name, ValueType type) {
    @Override
    public String toString() {
      return name + ": " + type;
    }
  }

  /**
   * @throws IllegalArgumentException if two features share a name
   */
  public FeatureContract {
    features = List.copyOf(features);
    Set<String> names = new HashSet<>();
    for (Entry entry : features) {
      if (!names.add(entry.name())) {
        throw new IllegalArgumentException("two features are named " + entry.name());
      }
    }
  }

  public static FeatureContract of(RowSchema vector) {
    List<Entry> entries = new ArrayList<>();
    for (Field field : vector.fields()) {
      entries.add(new Entry(field.name(), field.type()));
    }
    return new FeatureContract(entries);
  }

  /** SHA-256, as 64 hexadecimal digits, of the lines {@code name: TYPE\n} in UTF-8. */
  public String hash() {
    return HexFormat.of().formatHex(digest());
  }

  /** The first 4 bytes of the hash as a big-endian number. */
  int fingerprint() {
    byte[] digest = digest();
    return java.nio.ByteBuffer.wrap(digest).getInt();
  }

  /** The contract as JSON text; {@link #fromJson} reads it. */
  public String toJson() {
    ObjectNode json = JSON.createObjectNode();
    for (Entry entry : features) {
      json.withArray(FEATURES)
          .addObject()
          .put("name", entry.name())
          .put("type", entry.type().name());
    }
    json.put(HASH, hash());
    return json.toPrettyString();
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException saying what is wrong, also if the hash is not that of the
   *     features: somebody has edited one of them
   */
  public static FeatureContract fromJson(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "the feature contract is no JSON: " + e.getOriginalMessage(), e);
    }
    if (!root.path(FEATURES).isArray()) {
      throw new IllegalArgumentException("the feature contract has no array named " + FEATURES);
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonNode feature : root.path(FEATURES)) {
      String type = feature.path("type").asText();
      if (!feature.path("name").isTextual()
          || Arrays.stream(ValueType.values()).noneMatch(known -> known.name().equals(type))) {
        throw new IllegalArgumentException(
            "a feature of the contract needs a name and a type of "
                + Arrays.toString(ValueType.values())
                + ", but it is "
                + feature);
      }
      entries.add(new Entry(feature.path("name").asText(), ValueType.valueOf(type)));
    }
    FeatureContract contract = new FeatureContract(entries);
    String written = root.path(HASH).asText();
    if (!contract.hash().equals(written)) {
      throw new IllegalArgumentException(
          "the feature contract was edited: its hash is "
              + written
              + ", but its features have "
              + contract.hash());
    }
    return contract;
  }

  /**
   * Compares two contracts.
   *
   * @param actual what is there, where this contract is what is needed
   * @throws IllegalArgumentException listing every difference
   */
  public void requireSame(FeatureContract actual) {
    if (equals(actual)) {
      return;
    }
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      Entry needed = features.get(i);
      int at = actual.indexOf(needed.name());
      if (at < 0) {
        differences.add(needed.name() + " is missing");
      } else if (actual.features.get(at).type() != needed.type()) {
        differences.add(
            needed.name()
                + " is "
                + actual.features.get(at).type()
                + " instead of "
                + needed.type());
      } else if (at != i) {
        differences.add(needed.name() + " is at position " + at + " instead of " + i);
      }
    }
    for (Entry entry : actual.features) {
      if (indexOf(entry.name()) < 0) {
        differences.add(entry.name() + " is too many");
      }
    }
    throw new IllegalArgumentException(
        "the features are not those of the contract: " + String.join("; ", differences));
  }

  private int indexOf(String name) {
    for (int i = 0; i < features.size(); i++) {
      if (features.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private byte[] digest() {
    StringBuilder text = new StringBuilder();
    for (Entry entry : features) {
      text.append(entry).append('\n');
    }
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(text.toString().getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
