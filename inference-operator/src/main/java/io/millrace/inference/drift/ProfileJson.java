package io.millrace.inference.drift;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.List;

/** {@code profile.json}: a {@link ReferenceProfile} as text. NaN is written as null. */
final class ProfileJson {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ProfileJson() {}

  static String write(ReferenceProfile profile) {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT);
    root.put("pane_ms", profile.paneMs());
    ArrayNode features = root.putArray("features");
    profile.features().forEach(feature -> features.add(feature(feature)));
    root.set("score", feature(profile.score()));
    PerformanceReference performance = profile.performance();
    ObjectNode held = root.putObject("held_out");
    held.put("rows", performance.rows());
    put(held, "auc", performance.auc());
    put(held, "log_loss", performance.logLoss());
    put(held, "excess", performance.excess());
    put(held, "day_deviation", performance.dayDeviation());
    held.put("days", performance.days());
    return root.toString();
  }

  private static ObjectNode feature(FeatureReference feature) {
    ObjectNode node = JSON.createObjectNode();
    node.put("name", feature.name());
    node.put("type", feature.bins().type().name());
    if (feature.bins().isCategorical()) {
      ArrayNode categories = node.putArray("categories");
      feature.bins().categories().forEach(categories::add);
    } else {
      ArrayNode edges = node.putArray("edges");
      for (double edge : feature.bins().edges()) {
        edges.add(edge);
      }
    }
    ArrayNode counts = node.putArray("counts");
    for (long count : feature.counts()) {
      counts.add(count);
    }
    put(node, "low", feature.low());
    put(node, "high", feature.high());
    node.put("panes", feature.panes());
    node.put("borrowed_panes", feature.borrowed());
    node.put("mean_statistic", feature.meanStatistic());
    node.put("freedom", feature.freedom());
    node.put("mean_effect", feature.meanEffect());
    node.put("most_nulls", feature.mostNulls());
    node.put("most_top", feature.mostTop());
    node.put("importance", feature.importance());
    return node;
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isNaN(value)) {
      node.putNull(name);
    } else if (Double.isInfinite(value)) {
      node.put(name, value > 0 ? "Infinity" : "-Infinity");
    } else {
      node.put(name, value);
    }
  }

  static ReferenceProfile read(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("profile.json is no JSON: " + e.getOriginalMessage(), e);
    }
    int format = need(root, "format").asInt();
    if (format != FORMAT) {
      throw new IllegalArgumentException(
          "profile.json has the format %d; this version reads %d".formatted(format, FORMAT));
    }
    List<FeatureReference> features = new ArrayList<>();
    for (JsonNode feature : need(root, "features")) {
      features.add(readFeature(feature));
    }
    JsonNode held = need(root, "held_out");
    return new ReferenceProfile(
        need(root, "pane_ms").asLong(),
        features,
        readFeature(need(root, "score")),
        new PerformanceReference(
            need(held, "rows").asLong(),
            number(held, "auc"),
            number(held, "log_loss"),
            number(held, "excess"),
            number(held, "day_deviation"),
            need(held, "days").asInt()));
  }

  private static FeatureReference readFeature(JsonNode node) {
    String name = need(node, "name").asText();
    try {
      ValueType type = ValueType.valueOf(need(node, "type").asText());
      long[] counts = new long[need(node, "counts").size()];
      for (int i = 0; i < counts.length; i++) {
        counts[i] = node.get("counts").get(i).asLong();
      }
      return new FeatureReference(
          name,
          bins(type, node),
          counts,
          number(node, "low"),
          number(node, "high"),
          need(node, "panes").asInt(),
          // Versions of old borrowed nothing.
          node.path("borrowed_panes").asInt(0),
          number(node, "mean_statistic"),
          number(node, "freedom"),
          number(node, "mean_effect"),
          number(node, "most_nulls"),
          number(node, "most_top"),
          number(node, "importance"));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "profile.json, feature " + name + ": " + e.getMessage(), e);
    }
  }

  private static Bins bins(ValueType type, JsonNode node) {
    if (type == ValueType.STRING) {
      List<String> categories = new ArrayList<>();
      need(node, "categories").forEach(category -> categories.add(category.asText()));
      return Bins.categories(categories);
    }
    JsonNode edges = need(node, "edges");
    double[] numbers = new double[edges.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = edges.get(i).asDouble();
    }
    return Bins.numbers(type, numbers);
  }

  private static double number(JsonNode node, String name) {
    JsonNode value = need(node, name);
    return value.isNull()
        ? Double.NaN
        : value.isTextual() ? Double.parseDouble(value.asText()) : value.asDouble();
  }

  private static JsonNode need(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null) {
      throw new IllegalArgumentException("profile.json has no " + name);
    }
    return value;
  }
}
