package io.millrace.feature.definition;

import io.millrace.feature.expression.Nearest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One mapping of a file, read key by key. What is missing, of the wrong form or unknown becomes a
 * problem at its place, and reading goes on with a stand-in.
 */
final class YamlMap {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z0-9_.-]+)(?::([^}]*))?}");

  private final String file;
  private final Node node;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Node> keys = new LinkedHashMap<>();
  private final Map<String, String> variables;
  private final Problems problems;

  private YamlMap(String file, Node node, Map<String, String> variables, Problems problems) {
    this.file = file;
    this.node = node;
    this.variables = variables;
    this.problems = problems;
  }

  static YamlMap of(
      String file, Node node, String what, Map<String, String> variables, Problems problems) {
    YamlMap map = new YamlMap(file, node, variables, problems);
    if (!(node instanceof MappingNode mapping)) {
      problems.add(file, node, what + " is a mapping of keys to values");
      return map;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode key) {
        if (map.values.put(key.getValue(), tuple.getValueNode()) != null) {
          problems.add(file, key, key.getValue() + " is given twice");
        }
        map.keys.put(key.getValue(), key);
      } else {
        problems.add(file, tuple.getKeyNode(), "a key is a word");
      }
    }
    return map;
  }

  String file() {
    return file;
  }

  Node node() {
    return node;
  }

  Problems problems() {
    return problems;
  }

  /** Reports every key that is not one of these. */
  YamlMap allow(String... known) {
    for (Map.Entry<String, Node> key : keys.entrySet()) {
      if (!List.of(known).contains(key.getKey())) {
        String nearest = Nearest.of(key.getKey(), List.of(known));
        problems.add(
            file,
            key.getValue(),
            "unknown key "
                + key.getKey()
                + (nearest.isEmpty()
                    ? "; there are " + String.join(", ", known)
                    : "; did you mean " + nearest + "?"));
      }
    }
    return this;
  }

  /** Allows a sentence, which is for people only. */
  YamlMap describe() {
    Node sentence = values.get("description");
    if (sentence != null && !(sentence instanceof ScalarNode)) {
      problems.add(file, sentence, "description is a single value");
    }
    return this;
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  List<String> keys() {
    return List.copyOf(values.keySet());
  }

  /** The node of a key's value, or the mapping's own if there is none: a place to point at. */
  Node nodeOf(String key) {
    return values.getOrDefault(key, node);
  }

  /** The item of a key's list that is this text, or the list: a place to point at. */
  Node itemOf(String key, String text) {
    return list(key).stream()
        .filter(item -> item instanceof ScalarNode scalar && substituted(scalar).equals(text))
        .findFirst()
        .orElse(nodeOf(key));
  }

  Node keyNode(String key) {
    return keys.getOrDefault(key, node);
  }

  void problem(String key, String message) {
    problems.add(file, nodeOf(key), message);
  }

  Optional<String> text(String key) {
    Node value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof ScalarNode scalar)) {
      problems.add(file, value, key + " is a single value");
      return Optional.empty();
    }
    return Optional.of(substituted(scalar));
  }

  /** The text, or an empty one if it is missing, which is a problem. */
  String requireText(String key, String example) {
    if (!has(key)) {
      problems.add(file, node, key + " is missing, for example " + key + ": " + example);
      return "";
    }
    Optional<String> text = text(key);
    if (text.isPresent() && text.get().isBlank()) {
      problem(key, key + " is empty, give it a value such as " + example);
    }
    return text.orElse("");
  }

  Optional<Duration> duration(String key) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> duration = Durations.parse(text.get());
    if (duration.isEmpty()) {
      problem(key, key + " is " + Durations.EXAMPLES + ", but it is " + text.get());
    }
    return duration;
  }

  /** A duration of which nothing makes no sense. */
  Optional<Duration> positiveDuration(String key) {
    Optional<Duration> duration = duration(key);
    if (duration.isPresent() && duration.get().isZero()) {
      problem(key, key + " must be longer than nothing, but it is " + text(key).orElse(""));
      return Optional.empty();
    }
    return duration;
  }

  /** A path below a folder, or empty if the text is no path, which is a problem. */
  Optional<Path> path(Path folder, String key, String text) {
    try {
      return Optional.of(folder.resolve(text));
    } catch (InvalidPathException e) {
      problem(key, key + " is no path: " + e.getReason());
      return Optional.empty();
    }
  }

  Optional<YamlMap> map(String key) {
    Node value = values.get(key);
    return value == null
        ? Optional.empty()
        : Optional.of(of(file, value, key, variables, problems));
  }

  boolean isMap(String key) {
    return values.get(key) instanceof MappingNode;
  }

  /** Whether a key is absent or a mapping: if it is anything else, that is reported already. */
  boolean mayBeMap(String key) {
    return !has(key) || values.get(key) instanceof MappingNode;
  }

  /** The nodes of a list; a single value is a list of one. */
  List<Node> list(String key) {
    Node value = values.get(key);
    if (value == null) {
      return List.of();
    }
    return value instanceof SequenceNode sequence ? sequence.getValue() : List.of(value);
  }

  /** A list of words. */
  List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    for (Node item : list(key)) {
      if (item instanceof ScalarNode scalar) {
        texts.add(substituted(scalar));
      } else {
        problems.add(file, item, key + " is a list of words");
      }
    }
    return texts;
  }

  YamlMap mapOf(Node item, String what) {
    return of(file, item, what, variables, problems);
  }

  /** The text of a scalar with its variables filled in. */
  String substituted(ScalarNode scalar) {
    String text = scalar.getValue();
    if (text.indexOf("${") < 0) {
      return text;
    }
    Matcher matcher = VARIABLE.matcher(text);
    StringBuilder result = new StringBuilder();
    while (matcher.find()) {
      String value = variables.getOrDefault(matcher.group(1), matcher.group(2));
      if (value == null) {
        problems.add(
            file,
            scalar,
            "the variable "
                + matcher.group(1)
                + " has no value; give it one with --set "
                + matcher.group(1)
                + "=..., or a default: ${"
                + matcher.group(1)
                + ":default}");
        value = "";
      }
      matcher.appendReplacement(result, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(result).toString();
  }
}
