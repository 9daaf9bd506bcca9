package io.millrace.feature.definition;

import io.millrace.feature.Field;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** The columns of an Avro record schema. JSON is YAML, so mistakes have their place here too. */
final class AvroFile {
  private AvroFile() {}

  /** The columns, or empty if the file has problems. */
  static Optional<RowSchema> columns(String file, String text, Problems problems) {
    // JSON may have tabs between its words, YAML not everywhere; no text of JSON holds one.
    List<Node> documents = YamlText.documents(file, text.replace('\t', ' '), problems);
    if (documents.isEmpty()) {
      if (text.isBlank()) {
        problems.add(file, 1, 1, "the file is empty; an Avro record schema is expected");
      }
      return Optional.empty();
    }
    Node root = documents.get(0);
    if (documents.size() > 1) {
      problems.add(file, documents.get(1), "a file holds one Avro schema, but here is another");
      return Optional.empty();
    }
    YamlMap record = YamlMap.of(file, root, "an Avro schema", Map.of(), problems);
    if (!record.text("type").orElse("").equals("record")) {
      problems.add(file, root, "the schema of events is an Avro record");
      return Optional.empty();
    }
    String name = record.requireText("name", "arrived");
    List<Field> fields = new ArrayList<>();
    boolean whole = true;
    for (Node node : record.list("fields")) {
      Optional<Field> field = field(record.mapOf(node, "a field"));
      whole &= field.isPresent();
      field.ifPresent(fields::add);
    }
    if (record.list("fields").isEmpty()) {
      problems.add(file, root, "the record has no fields");
      return Optional.empty();
    }
    try {
      return whole ? Optional.of(new RowSchema(name, fields)) : Optional.empty();
    } catch (IllegalArgumentException e) {
      problems.add(file, root, e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<Field> field(YamlMap field) {
    String name = field.requireText("name", "delay_min");
    if (!field.has("type")) {
      field.problem("name", "the field " + name + " has no type");
      return Optional.empty();
    }
    List<Node> branches = field.list("type");
    boolean nullable = branches.stream().anyMatch(AvroFile::isNull);
    List<Node> types = branches.stream().filter(branch -> !isNull(branch)).toList();
    if (types.size() != 1) {
      field.problem(
          "type", "the field " + name + " must have one type, or a union of one with null");
      return Optional.empty();
    }
    Optional<ValueType> type = type(field, types.get(0));
    if (type.isEmpty()) {
      field
          .problems()
          .add(
              field.file(),
              types.get(0),
              "the field "
                  + name
                  + " must be int, long, float, double, string, enum, boolean, a long with"
                  + " logicalType timestamp-millis, an array of int, long, float, double or string,"
                  + " or a map of float or double, or a union of one with null");
    }
    return type.map(t -> new Field(name, t, nullable));
  }

  private static boolean isNull(Node branch) {
    return branch instanceof ScalarNode scalar && scalar.getValue().equals("null");
  }

  private static Optional<ValueType> type(YamlMap field, Node node) {
    if (node instanceof ScalarNode scalar) {
      return switch (scalar.getValue()) {
        case "int", "long" -> Optional.of(ValueType.INT64);
        case "float", "double" -> Optional.of(ValueType.FLOAT64);
        case "string" -> Optional.of(ValueType.STRING);
        case "boolean" -> Optional.of(ValueType.BOOL);
        default -> Optional.empty();
      };
    }
    YamlMap type = field.mapOf(node, "a type");
    String name = type.text("type").orElse("");
    Optional<String> logical = type.text("logicalType");
    if (logical.isPresent()) {
      return name.equals("long") && logical.get().equals("timestamp-millis")
          ? Optional.of(ValueType.TIMESTAMP)
          : Optional.empty();
    }
    if (name.equals("array")) {
      return itemType(type, "items").flatMap(AvroFile::listOf);
    }
    if (name.equals("map")) {
      return itemType(type, "values")
          .filter(value -> value == ValueType.FLOAT64)
          .map(value -> ValueType.FLOAT64_MAP);
    }
    return name.equals("enum")
        ? Optional.of(ValueType.STRING)
        : name.isEmpty() || type.nodeOf("type") instanceof ScalarNode == false
            ? Optional.empty()
            : type(field, type.nodeOf("type"));
  }

  /** What an array or a map holds, be it beside null or not. */
  private static Optional<ValueType> itemType(YamlMap type, String key) {
    List<Node> branches = type.list(key);
    List<Node> types = branches.stream().filter(branch -> !isNull(branch)).toList();
    boolean union = branches.size() == 2 && types.size() == 1;
    return branches.size() == 1 || union
        ? types.stream().findFirst().flatMap(item -> plainType(type, item))
        : Optional.empty();
  }

  /** A type of one word, also as {@code {"type": "float"}}: an enum or a timestamp is no item. */
  private static Optional<ValueType> plainType(YamlMap map, Node node) {
    if (node instanceof ScalarNode) {
      return type(map, node).filter(type -> type != ValueType.BOOL);
    }
    YamlMap type = map.mapOf(node, "a type");
    return type.text("logicalType").isPresent() || !(type.nodeOf("type") instanceof ScalarNode)
        ? Optional.empty()
        : type(map, type.nodeOf("type")).filter(found -> found != ValueType.BOOL);
  }

  private static Optional<ValueType> listOf(ValueType item) {
    return switch (item) {
      case INT64 -> Optional.of(ValueType.INT64_LIST);
      case FLOAT64 -> Optional.of(ValueType.FLOAT64_LIST);
      case STRING -> Optional.of(ValueType.STRING_LIST);
      case BOOL, TIMESTAMP, INT64_LIST, FLOAT64_LIST, STRING_LIST, FLOAT64_MAP -> Optional.empty();
    };
  }
}
