package io.millrace.feature.definition;

import io.millrace.feature.ChangeFormat;
import io.millrace.feature.EventSource;
import io.millrace.feature.EventTime;
import io.millrace.feature.Expectation;
import io.millrace.feature.Field;
import io.millrace.feature.History;
import io.millrace.feature.KeyReader;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.expression.Expression;
import io.millrace.feature.expression.ExpressionException;
import io.millrace.feature.expression.Expressions;
import io.millrace.feature.expression.Nearest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** {@code kind: EventSource}. */
final class SourceReader {
  private final Path folder;

  SourceReader(Path folder) {
    this.folder = folder;
  }

  /** The source, or empty if it has problems that leave nothing to go on with. */
  Optional<EventSource> read(YamlMap map) {
    map.allow(
            "kind",
            "name",
            "topic",
            "schema",
            "event-time",
            "changes",
            "key",
            "history",
            "expect",
            "description")
        .describe();
    String name = map.requireText("name", "arrivals");
    ViewReader.requireName(map, "name", name);
    String topic = map.requireText("topic", name.isEmpty() ? "arrivals" : name);
    String schemaFile = map.requireText("schema", "schemas/arrival.avsc");
    if (schemaFile.isEmpty()) {
      return Optional.empty();
    }
    Optional<Path> schemaPath = map.path(folder, "schema", schemaFile);
    if (schemaPath.isEmpty()) {
      return Optional.empty();
    }
    String avro;
    try {
      avro = Files.readString(schemaPath.get());
    } catch (IOException e) {
      map.problem(
          "schema",
          "the Avro schema "
              + schemaFile
              + " cannot be read; the path is relative to the definitions' folder");
      return Optional.empty();
    }
    Optional<RowSchema> columns = AvroFile.columns(schemaFile, avro, map.problems());
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    Optional<EventTime> time = time(map, columns.get());
    List<String> key = map.texts("key");
    for (String column : key) {
      requireKeyColumn(map, map.itemOf("key", column), columns.get(), column);
    }
    List<Expectation> expectations = expectations(map, columns.get());
    Optional<History> history = map.map("history").flatMap(h -> history(h, columns.get()));
    Optional<ChangeFormat> changes = changes(map);
    return time.map(
        t ->
            new EventSource(
                name, topic, columns.get(), avro, t, changes, key, history, expectations));
  }

  private static Optional<ChangeFormat> changes(YamlMap map) {
    Optional<String> format = map.text("changes");
    if (format.isPresent() && !format.get().equals("debezium")) {
      map.problem("changes", "the format of changes is debezium, but it is " + format.get());
    }
    return format.filter("debezium"::equals).map(any -> ChangeFormat.DEBEZIUM);
  }

  private static Optional<EventTime> time(YamlMap map, RowSchema columns) {
    Optional<YamlMap> time = map.map("event-time");
    if (time.isEmpty()) {
      map.problems()
          .add(
              map.file(),
              map.node(),
              "event-time is missing, for example event-time: {field: happened_at, disorder: 10m}");
      return Optional.empty();
    }
    time.get().allow("field", "disorder", "lateness", "future", "idle");
    String field = time.get().requireText("field", "happened_at");
    Duration disorder = time.get().duration("disorder").orElse(Duration.ZERO);
    Duration lateness = time.get().duration("lateness").orElse(Duration.ZERO);
    if (field.isEmpty() || !requireColumn(time.get(), time.get().nodeOf("field"), columns, field)) {
      return Optional.empty();
    }
    ValueType type = columns.field(columns.requireIndexOf(field)).type();
    if (type != ValueType.TIMESTAMP) {
      time.get()
          .problem(
              "field",
              "event time is a long with logicalType timestamp-millis, but "
                  + field
                  + " is "
                  + type);
      return Optional.empty();
    }
    Optional<Duration> future = time.get().duration("future");
    Optional<Duration> idle = time.get().positiveDuration("idle");
    return Optional.of(new EventTime(field, disorder, lateness, future, idle));
  }

  static boolean requireColumn(YamlMap map, Node at, RowSchema columns, String column) {
    if (columns.indexOf(column).isPresent()) {
      return true;
    }
    List<String> known = columns.fields().stream().map(Field::name).toList();
    String nearest = Nearest.of(column, known);
    map.problems()
        .add(
            map.file(),
            at,
            columns.name()
                + " has no column "
                + column
                + (nearest.isEmpty()
                    ? "; it has " + String.join(", ", known)
                    : "; did you mean " + nearest + "?"));
    return false;
  }

  /** Reports a column that is missing or makes no key. */
  static boolean requireKeyColumn(YamlMap map, Node at, RowSchema columns, String column) {
    if (!requireColumn(map, at, columns, column)) {
      return false;
    }
    ValueType type = columns.field(columns.requireIndexOf(column)).type();
    if (!KeyReader.makesKey(type)) {
      map.problems()
          .add(
              map.file(),
              at,
              "the key " + column + " is " + type + ", which cannot be a key; use another column");
      return false;
    }
    return true;
  }

  /** Reports two columns that are to be compared but have different types. */
  static boolean requireSameType(
      YamlMap map,
      Node at,
      RowSchema left,
      String leftColumn,
      RowSchema right,
      String rightColumn) {
    ValueType leftType = left.field(left.requireIndexOf(leftColumn)).type();
    ValueType rightType = right.field(right.requireIndexOf(rightColumn)).type();
    if (leftType == rightType) {
      return true;
    }
    map.problems()
        .add(
            map.file(),
            at,
            left.name()
                + "."
                + leftColumn
                + " is "
                + leftType
                + ", but "
                + right.name()
                + "."
                + rightColumn
                + " is "
                + rightType
                + "; they never meet, use columns of one type");
    return false;
  }

  private static List<Expectation> expectations(YamlMap map, RowSchema columns) {
    List<Expectation> expectations = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Node node : map.list("expect")) {
      YamlMap item =
          map.mapOf(node, "an expectation")
              .allow("name", "check", "on-fail", "description")
              .describe();
      String name = item.requireText("name", "sane_delay");
      if (!names.add(name)) {
        item.problem("name", "there are two expectations named " + name + "; rename one");
      }
      String check = item.requireText("check", "\"delay_min > -120\"");
      String onFail = item.text("on-fail").orElse("dead-letter");
      Optional<Expectation.OnFail> fate = onFail(onFail);
      if (fate.isEmpty()) {
        item.problem("on-fail", "on-fail is dead-letter, drop or tag, but it is " + onFail);
      }
      if (compiles(item, "check", check, columns, Optional.of(ValueType.BOOL)).isPresent()) {
        fate.ifPresent(f -> expectations.add(new Expectation(name, check, f)));
      }
    }
    return expectations;
  }

  private static Optional<Expectation.OnFail> onFail(String word) {
    return switch (word) {
      case "dead-letter" -> Optional.of(Expectation.OnFail.DEAD_LETTER);
      case "drop" -> Optional.of(Expectation.OnFail.DROP);
      case "tag" -> Optional.of(Expectation.OnFail.TAG);
      default -> Optional.empty();
    };
  }

  /** The compiled expression of a key, or empty with a problem at its place. */
  static Optional<Expression> compiles(
      YamlMap map, String key, String text, RowSchema columns, Optional<ValueType> demanded) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      Expression expression = Expressions.compile(text, columns);
      if (demanded.isPresent() && expression.type() != demanded.get()) {
        map.problem(
            key, key + " is " + demanded.get() + ", but " + text + " is " + expression.type());
        return Optional.empty();
      }
      return Optional.of(expression);
    } catch (ExpressionException e) {
      if (map.nodeOf(key) instanceof ScalarNode scalar) {
        map.problems().add(map.file(), scalar, e);
      }
      return Optional.empty();
    }
  }

  private Optional<History> history(YamlMap map, RowSchema columns) {
    map.allow("path", "format", "where", "columns", "disorder");
    String path = map.requireText("path", "data/arrivals.parquet");
    String format = map.text("format").orElse("parquet");
    if (!format.equals("parquet")) {
      map.problem("format", "the format of a history is parquet, but it is " + format);
    }
    Optional<String> where = map.text("where");
    where.ifPresent(text -> checkSyntax(map, "where", text));
    Map<String, String> expressions = new LinkedHashMap<>();
    Optional<YamlMap> given = map.map("columns");
    if (given.isPresent()) {
      for (String column : given.get().keys()) {
        requireColumn(given.get(), given.get().keyNode(column), columns, column);
        String expression = given.get().requireText(column, "\"a + b\"");
        checkSyntax(given.get(), column, expression);
        expressions.put(column, expression);
      }
    }
    Optional<Duration> disorder = map.duration("disorder");
    return path.isEmpty()
        ? Optional.empty()
        : map.path(folder, "path", path).map(p -> new History(p, where, expressions, disorder));
  }

  /** The columns of the file are known to those who read it; they compile the expression then. */
  private static void checkSyntax(YamlMap map, String key, String text) {
    try {
      if (!text.isEmpty()) {
        Expressions.checkSyntax(text);
      }
    } catch (ExpressionException e) {
      if (map.nodeOf(key) instanceof ScalarNode scalar) {
        map.problems().add(map.file(), scalar, e);
      }
    }
  }
}
