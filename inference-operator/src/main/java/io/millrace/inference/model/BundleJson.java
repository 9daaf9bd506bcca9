package io.millrace.inference.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.inference.Evaluation;
import io.millrace.inference.FeatureEncoder;
import io.millrace.inference.FeatureEncoder.Column;
import io.millrace.inference.model.Lineage.Snapshot;
import io.millrace.inference.onnx.OnnxModel;
import io.millrace.schema.FeatureContract;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code bundle.json}:
 *
 * <pre>{@code
 * {"format": 1, "model": "delay", "version": 3, "createdAt": "...", "onnxSha256": "...",
 *  "signature": {"input": {"name": "features", "type": "float32", "columns": 40}, "output": {...}},
 *  "vector": "delay_v1",
 *  "contract": {"features": [{"name": "...", "type": "INT64"}], "hash": "..."},
 *  "encoder": [{"column": "...", "vocabulary": ["..."]}],
 *  "lineage": {...}, "metrics": {...}}
 * }</pre>
 */
final class BundleJson {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private BundleJson() {}

  static String write(ModelBundle bundle) {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT);
    root.put("model", bundle.name());
    root.put("version", bundle.version());
    root.put("createdAt", bundle.createdAt().toString());
    root.put("onnxSha256", bundle.onnxSha256());
    ObjectNode signature = root.putObject("signature");
    tensor(signature.putObject("input"), OnnxModel.INPUT, bundle.encoder().width());
    tensor(signature.putObject("output"), OnnxModel.OUTPUT, 1);
    root.put("vector", bundle.encoder().vector().name());
    root.set("contract", tree(bundle.contract().toJson()));
    ArrayNode encoder = root.putArray("encoder");
    for (Column column : bundle.encoder().columns()) {
      ObjectNode node = encoder.addObject().put("column", column.name());
      if (!column.vocabulary().isEmpty()) {
        column.vocabulary().forEach(node.putArray("vocabulary")::add);
      }
    }
    writeLineage(root.putObject("lineage"), bundle.lineage());
    writeMetrics(root.putObject("metrics"), bundle.metrics());
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the bundle of " + bundle.name() + " has no JSON", e);
    }
  }

  private static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a contract has no JSON", e);
    }
  }

  private static void tensor(ObjectNode node, String name, int columns) {
    node.put("name", name).put("type", "float32").put("columns", columns);
  }

  private static void writeLineage(ObjectNode node, Lineage lineage) {
    node.put("service", lineage.service());
    node.put("definitionsHash", lineage.definitionsHash());
    node.put("trainer", lineage.trainer());
    node.put("seed", lineage.seed());
    ObjectNode params = node.putObject("params");
    new TreeMap<>(lineage.params()).forEach(params::put);
    node.put("rows", lineage.rows());
    node.put("positives", lineage.positives());
    node.put("fromMs", lineage.fromMs());
    node.put("toMs", lineage.toMs());
    node.put("heldOutFromMs", lineage.heldOutFromMs());
    node.put("rounds", lineage.rounds());
    node.put("bestRounds", lineage.bestRounds());
    node.put("trainMillis", lineage.trainMillis());
    node.put("requestId", lineage.requestId());
    lineage.snapshot().ifPresent(snapshot -> writeSnapshot(node.putObject("snapshot"), snapshot));
  }

  private static void writeSnapshot(ObjectNode node, Snapshot snapshot) {
    node.put("eventsFromMs", snapshot.eventsFromMs());
    node.put("eventsToMs", snapshot.eventsToMs());
    node.put("knownUntilMs", snapshot.knownUntilMs());
    ObjectNode offsets = node.putObject("offsets");
    new TreeMap<>(snapshot.offsets()).forEach(offsets::put);
    ObjectNode tables = node.putObject("tables");
    new TreeMap<>(snapshot.tables()).forEach(tables::put);
  }

  private static void writeMetrics(ObjectNode node, ModelMetrics metrics) {
    writeEvaluation(node.putObject("model"), metrics.model());
    writeEvaluation(node.putObject("constant"), metrics.constant());
    metrics
        .staticColumns()
        .ifPresent(evaluation -> writeEvaluation(node.putObject("staticColumns"), evaluation));
    node.put("parityRows", metrics.parityRows());
    node.put("parityMax", metrics.parityMax());
  }

  private static void writeEvaluation(ObjectNode node, Evaluation evaluation) {
    node.put("rows", evaluation.rows());
    node.put("positives", evaluation.positives());
    // JSON has no NaN.
    node.put("auc", Double.isNaN(evaluation.auc()) ? null : (Double) evaluation.auc());
    node.put("logLoss", Double.isNaN(evaluation.logLoss()) ? null : (Double) evaluation.logLoss());
  }

  /**
   * @throws ModelRefusedException saying what is missing or wrong
   */
  static ModelBundle read(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new ModelRefusedException("bundle.json is no JSON: " + e.getOriginalMessage(), e);
    }
    if (root.path("format").asInt() != FORMAT) {
      throw new ModelRefusedException(
          "bundle.json has format "
              + root.path("format").asText("none")
              + "; this version of Millrace reads "
              + FORMAT);
    }
    try {
      return new ModelBundle(
          text(root, "model"),
          integer(root, "version"),
          Instant.parse(text(root, "createdAt")),
          text(root, "onnxSha256"),
          readEncoder(root),
          readLineage(child(root, "lineage")),
          readMetrics(child(root, "metrics")));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ModelRefusedException("bundle.json: " + e.getMessage(), e);
    }
  }

  private static FeatureEncoder readEncoder(JsonNode root) {
    FeatureContract contract = FeatureContract.fromJson(child(root, "contract").toString());
    List<Field> fields =
        contract.features().stream()
            .map(feature -> Field.nullable(feature.name(), feature.type()))
            .toList();
    List<Column> columns = new ArrayList<>();
    for (JsonNode column : child(root, "encoder")) {
      List<String> vocabulary = new ArrayList<>();
      column.path("vocabulary").forEach(text -> vocabulary.add(text.asText()));
      columns.add(new Column(text(column, "column"), vocabulary));
    }
    return FeatureEncoder.of(new RowSchema(text(root, "vector"), fields), columns);
  }

  private static Lineage readLineage(JsonNode node) {
    Map<String, String> params = new LinkedHashMap<>();
    child(node, "params")
        .fields()
        .forEachRemaining(p -> params.put(p.getKey(), p.getValue().asText()));
    return new Lineage(
        text(node, "service"),
        text(node, "definitionsHash"),
        text(node, "trainer"),
        number(node, "seed"),
        params,
        number(node, "rows"),
        number(node, "positives"),
        number(node, "fromMs"),
        number(node, "toMs"),
        number(node, "heldOutFromMs"),
        integer(node, "rounds"),
        integer(node, "bestRounds"),
        number(node, "trainMillis"),
        // Files of old have neither.
        node.path("requestId").asText(""),
        node.has("snapshot") ? Optional.of(readSnapshot(node.get("snapshot"))) : Optional.empty());
  }

  private static Snapshot readSnapshot(JsonNode node) {
    Map<String, Long> offsets = new LinkedHashMap<>();
    child(node, "offsets")
        .fieldNames()
        .forEachRemaining(name -> offsets.put(name, number(node.get("offsets"), name)));
    Map<String, Long> tables = new LinkedHashMap<>();
    // Files of old have none.
    node.path("tables")
        .fieldNames()
        .forEachRemaining(name -> tables.put(name, number(node.get("tables"), name)));
    return new Snapshot(
        number(node, "eventsFromMs"),
        number(node, "eventsToMs"),
        number(node, "knownUntilMs"),
        offsets,
        tables);
  }

  private static ModelMetrics readMetrics(JsonNode node) {
    return new ModelMetrics(
        readEvaluation(child(node, "model")),
        readEvaluation(child(node, "constant")),
        node.has("staticColumns")
            ? Optional.of(readEvaluation(child(node, "staticColumns")))
            : Optional.empty(),
        number(node, "parityRows"),
        child(node, "parityMax").asDouble());
  }

  private static Evaluation readEvaluation(JsonNode node) {
    return new Evaluation(
        number(node, "rows"),
        number(node, "positives"),
        child(node, "auc").asDouble(Double.NaN),
        child(node, "logLoss").asDouble(Double.NaN));
  }

  private static JsonNode child(JsonNode node, String name) {
    JsonNode child = node.get(name);
    if (child == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return child;
  }

  private static String text(JsonNode node, String name) {
    return child(node, name).asText();
  }

  private static long number(JsonNode node, String name) {
    JsonNode child = child(node, name);
    if (!child.isIntegralNumber()) {
      throw new IllegalArgumentException(name + " is " + child + ", not a whole number");
    }
    return child.longValue();
  }

  private static int integer(JsonNode node, String name) {
    return Math.toIntExact(number(node, name));
  }
}
