package io.millrace.feature.definition;

import io.millrace.feature.EventSource;
import io.millrace.feature.chain.ViewGraph;
import io.millrace.feature.chain.ViewNode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads views, those that others build on first. */
final class ViewsInOrder {
  private final Map<String, YamlMap> documents = new LinkedHashMap<>();
  private final List<YamlMap> all;
  private final ViewReader reader;
  private final Map<String, ViewNode> nodes = new LinkedHashMap<>();
  private final Set<YamlMap> read = new HashSet<>();

  /**
   * @param all the documents of all views
   * @param sourceNames of all sources, also of those with problems, which are told elsewhere
   * @param viewNames likewise
   */
  ViewsInOrder(
      List<YamlMap> all,
      Map<String, EventSource> sources,
      Set<String> sourceNames,
      Set<String> viewNames) {
    this.all = all;
    this.reader = new ViewReader(sources, sourceNames, nodes, viewNames);
    all.forEach(d -> d.text("name").ifPresent(name -> documents.putIfAbsent(name, d)));
  }

  /** The sound views by their names, what a view builds on before it. */
  Map<String, ViewNode> read() {
    all.forEach(document -> read(document, new LinkedHashSet<>()));
    return nodes;
  }

  private void read(YamlMap document, Set<String> path) {
    String name = document.text("name").orElse("");
    if (read.contains(document)) {
      return;
    }
    path.add(name);
    for (String parent : ViewReader.parents(document)) {
      if (path.contains(parent)) {
        document.problem(document.has("join") ? "join" : "source", ViewGraph.circle(path, parent));
      } else if (documents.containsKey(parent)) {
        read(documents.get(parent), path);
      }
    }
    path.remove(name);
    if (read.add(document)) {
      reader.read(document).ifPresent(node -> nodes.putIfAbsent(node.view().name(), node));
    }
  }
}
