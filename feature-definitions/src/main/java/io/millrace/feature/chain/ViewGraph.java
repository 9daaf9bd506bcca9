package io.millrace.feature.chain;

import io.millrace.feature.Definitions;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Join;
import io.millrace.feature.NoSuchName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * All views, each bound to what it builds on. Immutable and thread-safe.
 *
 * <pre>
 * for (ViewNode node : ViewGraph.of(definitions).inOrder()) ...   // what a view builds on comes before it
 * </pre>
 */
public final class ViewGraph {
  private final Map<String, ViewNode> nodes;
  private final List<ViewNode> asDefined;

  private ViewGraph(Map<String, ViewNode> nodes, List<ViewNode> asDefined) {
    this.nodes = nodes;
    this.asDefined = asDefined;
  }

  /**
   * Binds all views.
   *
   * @throws IllegalArgumentException as {@link ViewNode#of} does, or if views build on each other
   *     in a circle
   */
  public static ViewGraph of(Definitions definitions) {
    return of(definitions, definitions.views());
  }

  /** Binds these views and what they build on. */
  public static ViewGraph of(Definitions definitions, Collection<FeatureView> views) {
    Map<String, ViewNode> nodes = new LinkedHashMap<>();
    views.forEach(view -> bind(view, definitions, nodes, new LinkedHashSet<>()));
    return new ViewGraph(
        nodes,
        definitions.views().stream().map(v -> nodes.get(v.name())).filter(n -> n != null).toList());
  }

  private static ViewNode bind(
      FeatureView view, Definitions definitions, Map<String, ViewNode> nodes, Set<String> path) {
    ViewNode known = nodes.get(view.name());
    if (known != null) {
      return known;
    }
    if (!path.add(view.name())) {
      throw new IllegalArgumentException(circle(path, view.name()));
    }
    parents(view).forEach(name -> bind(definitions.view(name), definitions, nodes, path));
    path.remove(view.name());
    ViewNode node = ViewNode.of(view, definitions::source, nodes::get);
    nodes.put(view.name(), node);
    return node;
  }

  /** The names of the views that a view builds on directly. */
  public static Stream<String> parents(FeatureView view) {
    return Stream.concat(view.sourceView().stream(), view.joins().stream().map(Join::view));
  }

  /**
   * What to say of views that build on each other in a circle.
   *
   * @param path the names on the way, the circle at its end
   * @param again the name that comes again
   */
  public static String circle(Collection<String> path, String again) {
    List<String> all = new ArrayList<>(path);
    List<String> circle = new ArrayList<>(all.subList(all.indexOf(again), all.size()));
    circle.add(again);
    return "views build on each other in a circle: "
        + String.join(" -> ", circle)
        + "; a view sees only what was before it, let one of them read its source instead";
  }

  /** What a view builds on comes before it. */
  public List<ViewNode> inOrder() {
    return List.copyOf(nodes.values());
  }

  /** In the order of the definitions, so that positions are those of {@link Definitions#views}. */
  public List<ViewNode> asDefined() {
    return asDefined;
  }

  /**
   * @throws IllegalArgumentException naming those that exist, if there is none of that name
   */
  public ViewNode node(String view) {
    ViewNode node = nodes.get(view);
    if (node == null) {
      throw NoSuchName.among(nodes.keySet(), "feature view", view);
    }
    return node;
  }

  /** The views whose events are those of a source. */
  public List<ViewNode> of(EventSource source) {
    return asDefined.stream().filter(n -> n.view().source().equals(source.name())).toList();
  }

  /** The views whose events are the rows of a view. */
  public List<ViewNode> over(ViewNode node) {
    String source = FeatureView.sourceOfRows(node.view().name());
    return asDefined.stream().filter(n -> n.view().source().equals(source)).toList();
  }

  /**
   * One join of all.
   *
   * @param position of the view that joins, in {@link #asDefined}
   * @param index among the view's joins
   */
  public record NumberedJoin(int position, int index) {}

  /** All joins of all views, in the order of the definitions. */
  public List<NumberedJoin> joins() {
    List<NumberedJoin> joins = new ArrayList<>();
    for (int position = 0; position < asDefined.size(); position++) {
      for (int i = 0; i < asDefined.get(position).joins().size(); i++) {
        joins.add(new NumberedJoin(position, i));
      }
    }
    return joins;
  }

  /** The highest level of any view. */
  public int highestLevel() {
    return asDefined.stream().mapToInt(ViewNode::level).max().orElse(0);
  }
}
