package io.millrace.feature.definition;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureService;
import io.millrace.feature.FeatureView;
import io.millrace.feature.expression.Nearest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads definition files. */
public final class DefinitionFiles {
  private static final List<String> KINDS = List.of("EventSource", "FeatureView", "FeatureService");

  private DefinitionFiles() {}

  /**
   * Reads every {@code *.yaml} and {@code *.yml} below a folder, but for those below a folder
   * {@code data}, checks all of them, and resolves paths in them against the folder.
   *
   * @param variables what {@code ${name}} and {@code ${name:default}} in the files stand for
   * @throws DefinitionException with every mistake, if there is any
   */
  public static Definitions load(Path folder, Map<String, String> variables)
      throws DefinitionException {
    Problems problems = new Problems();
    List<YamlMap> documents = new ArrayList<>();
    for (Path file : files(folder, problems)) {
      documents.addAll(documents(folder, file, variables, problems));
    }
    if (documents.isEmpty() && problems.none()) {
      problems.add(
          folder.toString(),
          1,
          1,
          "there are no definitions in this folder's files; write one such as kind: EventSource");
    }
    KINDS.forEach(kind -> reportDuplicates(ofKind(kind, documents)));
    Map<String, EventSource> sources = new LinkedHashMap<>();
    SourceReader sourceReader = new SourceReader(folder);
    for (YamlMap document : ofKind("EventSource", documents)) {
      sourceReader.read(document).ifPresent(s -> sources.putIfAbsent(s.name(), s));
    }
    Map<String, FeatureView> views = new LinkedHashMap<>();
    ViewReader viewReader = new ViewReader(sources, names("EventSource", documents));
    for (YamlMap document : ofKind("FeatureView", documents)) {
      viewReader.read(document).ifPresent(v -> views.putIfAbsent(v.name(), v));
    }
    Map<String, FeatureService> services = new LinkedHashMap<>();
    ServiceReader serviceReader =
        new ServiceReader(
            sources, names("EventSource", documents), views, names("FeatureView", documents));
    for (YamlMap document : ofKind("FeatureService", documents)) {
      serviceReader.read(document).ifPresent(s -> services.putIfAbsent(s.name(), s));
    }
    problems.throwIfAny();
    return new Definitions(
        List.copyOf(sources.values()), List.copyOf(views.values()), List.copyOf(services.values()));
  }

  static List<Path> files(Path folder, Problems problems) {
    if (!Files.isDirectory(folder)) {
      problems.add(folder.toString(), 1, 1, "there is no such folder");
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      List<Path> files =
          paths
              .filter(p -> p.toString().endsWith(".yaml") || p.toString().endsWith(".yml"))
              .filter(Files::isRegularFile)
              .filter(p -> !liesInData(folder.relativize(p)))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        problems.add(
            folder.toString(), 1, 1, "there are no definition files (*.yaml) in this folder");
      }
      return files;
    } catch (IOException | java.io.UncheckedIOException e) {
      problems.add(folder.toString(), 1, 1, "the folder cannot be read: " + e.getMessage());
      return List.of();
    }
  }

  private static boolean liesInData(Path file) {
    for (Path parent = file.getParent(); parent != null; parent = parent.getParent()) {
      if (parent.endsWith("data")) {
        return true;
      }
    }
    return false;
  }

  static List<YamlMap> documents(
      Path folder, Path file, Map<String, String> variables, Problems problems) {
    String name = folder.relativize(file).toString();
    List<YamlMap> documents = new ArrayList<>();
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      problems.add(name, 1, 1, "the file cannot be read as UTF-8: " + e);
      return documents;
    }
    for (Node node : YamlText.documents(name, text, problems)) {
      if (node.getTag().equals(Tag.NULL)) {
        continue; // What stands between two --- may be empty.
      }
      YamlMap document = YamlMap.of(name, node, "a definition", variables, problems);
      if (!(node instanceof MappingNode)) {
        continue;
      }
      String kind = document.requireText("kind", "FeatureView");
      if (!kind.isEmpty() && !KINDS.contains(kind)) {
        document.problem("kind", noSuch("kind of definition", kind, KINDS));
      }
      documents.add(document);
    }
    return documents;
  }

  private static List<YamlMap> ofKind(String kind, List<YamlMap> documents) {
    return documents.stream().filter(d -> d.text("kind").orElse("").equals(kind)).toList();
  }

  /** All names that files mean to define, also those whose definition has problems of its own. */
  private static Set<String> names(String kind, List<YamlMap> documents) {
    return ofKind(kind, documents).stream()
        .map(d -> d.text("name").orElse(""))
        .collect(Collectors.toSet());
  }

  private static void reportDuplicates(List<YamlMap> documents) {
    Map<String, YamlMap> first = new LinkedHashMap<>();
    for (YamlMap document : documents) {
      String name = document.text("name").orElse("");
      YamlMap before = name.isEmpty() ? null : first.putIfAbsent(name, document);
      if (before != null) {
        document.problem(
            "name",
            document.text("kind").orElse("")
                + " "
                + name
                + " is defined before, in "
                + before.file()
                + " line "
                + before.nodeOf("name").getStartMark().map(mark -> mark.getLine() + 1).orElse(0)
                + "; rename one");
      }
    }
  }

  /** What to say of a name that nothing has. */
  static String noSuch(String kind, String name, Collection<String> known) {
    String nearest = Nearest.of(name, known);
    return "there is no "
        + kind
        + " "
        + name
        + (nearest.isEmpty()
            ? "; there are " + String.join(", ", known)
            : "; did you mean " + nearest + "?");
  }
}
