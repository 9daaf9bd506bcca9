package io.millrace.feature.chain;

import io.millrace.feature.EntityKey;
import io.millrace.feature.EventSource;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Field;
import io.millrace.feature.Join;
import io.millrace.feature.RowSchema;
import io.millrace.feature.ValueType;
import io.millrace.feature.Values;
import io.millrace.feature.window.ViewAggregator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A view bound to what its events are made of: the columns of its source, with those of its joins
 * after them, or the rows of another view. Immutable and thread-safe.
 */
public final class ViewNode {
  private final FeatureView view;
  private final RowSchema sourceColumns;
  private final RowSchema events;
  private final List<JoinedView> joins;
  private final List<boolean[]> usedOfJoin;
  private final Optional<ViewNode> rowsOf;
  private final ViewAggregator aggregator;
  private final int level;
  private final Set<String> sources;

  private ViewNode(
      FeatureView view,
      RowSchema sourceColumns,
      List<JoinedView> joins,
      Optional<ViewNode> rowsOf,
      Optional<EventSource> plainSource) {
    this.view = view;
    this.sourceColumns = sourceColumns;
    this.joins = joins;
    this.usedOfJoin = joins.stream().map(this::usedOf).toList();
    this.rowsOf = rowsOf;
    this.events = plus(sourceColumns, joins);
    this.aggregator =
        plainSource
            .map(source -> ViewAggregator.of(view, source))
            // No source below may have a lateness, so nothing comes late here.
            .orElseGet(() -> ViewAggregator.ofEventsInOrder(view, events));
    Set<String> all = new TreeSet<>();
    int below = -1;
    List<ViewNode> parents = new ArrayList<>(joins.stream().map(JoinedView::view).toList());
    rowsOf.ifPresent(parents::add);
    for (ViewNode parent : parents) {
      all.addAll(parent.sources);
      below = Math.max(below, parent.level);
    }
    if (rowsOf.isEmpty()) {
      all.add(view.source());
    }
    this.level = below + 1;
    this.sources = Set.copyOf(all);
  }

  /**
   * Binds a view.
   *
   * @param sourceOf an event source by its name
   * @param nodeOf a view by its name, bound before
   * @throws IllegalArgumentException if a name does not resolve, a key is missing or of another
   *     type, two columns share a name, or the sources are such that the values could not be exact
   * @throws io.millrace.feature.expression.ExpressionException as {@link ViewAggregator#of} does
   */
  public static ViewNode of(
      FeatureView view, Function<String, EventSource> sourceOf, Function<String, ViewNode> nodeOf) {
    Optional<ViewNode> rowsOf = view.sourceView().map(nodeOf);
    RowSchema columns =
        rowsOf.map(ViewNode::rows).orElseGet(() -> sourceOf.apply(view.source()).schema());
    List<JoinedView> joins = new ArrayList<>();
    for (Join join : view.joins()) {
      joins.add(JoinedView.of(join, nodeOf.apply(join.view()), columns));
    }
    if (rowsOf.isPresent() && !joins.isEmpty()) {
      throw new IllegalArgumentException(
          view.name()
              + " is made of the rows of "
              + rowsOf.get().view().name()
              + " and so cannot join; join in "
              + rowsOf.get().view().name()
              + ", or join "
              + rowsOf.get().view().name()
              + " to the events of a source");
    }
    // The state of a view that builds on none is made for how late its source's events come.
    Optional<EventSource> plain =
        rowsOf.isEmpty() && joins.isEmpty()
            ? Optional.of(sourceOf.apply(view.source()))
            : Optional.empty();
    ViewNode node = new ViewNode(view, columns, List.copyOf(joins), rowsOf, plain);
    if (node.level > 0) {
      node.sources.forEach(source -> requireExact(view, sourceOf.apply(source)));
    }
    return node;
  }

  /**
   * What was joined, and which row was made, cannot be taken back: what builds on views is exact
   * only where nothing is repaired.
   */
  private static void requireExact(FeatureView view, EventSource source) {
    if (!source.time().lateness().isZero()) {
      throw new IllegalArgumentException(
          view.name()
              + " builds on views of "
              + source.name()
              + ", which has a lateness of "
              + source.time().lateness().toSeconds()
              + " s: what a late event would change was joined before; give "
              + source.name()
              + " lateness: 0s, and as much more disorder if its events come late");
    }
    if (source.changes().isPresent()) {
      throw new IllegalArgumentException(
          view.name()
              + " builds on views of "
              + source.name()
              + ", whose records are changes to a table: what a change takes back was joined"
              + " before; use a source of things that happened");
    }
  }

  private static RowSchema plus(RowSchema columns, List<JoinedView> joins) {
    List<Field> fields = new ArrayList<>(columns.fields());
    for (JoinedView joined : joins) {
      for (Field feature : joined.view().aggregator().rowSchema().fields()) {
        fields.add(
            Field.nullable(JoinedView.columnOf(joined.join(), feature.name()), feature.type()));
      }
    }
    return new RowSchema(columns.name(), fields);
  }

  public FeatureView view() {
    return view;
  }

  /** The columns of its events, those of its joins after its source's. */
  public RowSchema events() {
    return events;
  }

  /** The columns of its events but for those that are joined. */
  public RowSchema sourceColumns() {
    return sourceColumns;
  }

  /** Whether the view's key is among the columns. */
  boolean hasKeysOf(RowSchema columns) {
    return view.entity().keys().stream().allMatch(key -> columns.indexOf(key).isPresent());
  }

  /** What is joined to each event, in the order of the columns. */
  public List<JoinedView> joins() {
    return joins;
  }

  /**
   * A joined row without the values that this view does not read.
   *
   * @param join its position among {@link #joins()}
   */
  public Values used(int join, Values row) {
    boolean[] isUsed = usedOfJoin.get(join);
    Values used = new Values(row.size());
    for (int i = 0; i < row.size(); i++) {
      if (isUsed[i]) {
        used.copyFrom(i, row, i);
      }
    }
    return used;
  }

  private boolean[] usedOf(JoinedView joined) {
    Set<String> words = new HashSet<>(view.entity().keys());
    view.features().forEach(feature -> words.addAll(feature.words()));
    List<Field> columns = joined.view().aggregator().rowSchema().fields();
    boolean[] isUsed = new boolean[columns.size()];
    for (int i = 0; i < isUsed.length; i++) {
      isUsed[i] = words.contains(JoinedView.columnOf(joined.join(), columns.get(i).name()));
    }
    return isUsed;
  }

  /** The view whose rows are its events, if they are. */
  public Optional<ViewNode> rowsOf() {
    return rowsOf;
  }

  public ViewAggregator aggregator() {
    return aggregator;
  }

  /** 0 if it builds on no view, else one more than the highest that it builds on. */
  public int level() {
    return level;
  }

  /** The event sources that its values depend on. */
  public Set<String> sources() {
    return sources;
  }

  /**
   * An event with its joined columns.
   *
   * @param rows the values of each of {@link #joins()} as of the event's time, null where the key
   *     is null or unknown
   */
  public Values joined(Values event, Values[] rows) {
    if (joins.isEmpty()) {
      return event;
    }
    Values wide = new Values(events.size());
    int own = sourceColumns.size();
    for (int i = 0; i < own; i++) {
      wide.copyFrom(i, event, i);
    }
    int at = own;
    for (int j = 0; j < rows.length; j++) {
      Values row = rows[j] == null ? joins.get(j).empty() : rows[j];
      for (int i = 0; i < row.size(); i++) {
        wide.copyFrom(at++, row, i);
      }
    }
    return wide;
  }

  /**
   * The columns of its rows as events: the entity's keys, then the features.
   *
   * @throws IllegalArgumentException if a feature has the name of a key
   */
  public RowSchema rows() {
    List<Field> fields = new ArrayList<>();
    for (String key : view.entity().keys()) {
      if (aggregator.rowSchema().indexOf(key).isPresent()) {
        throw new IllegalArgumentException(
            view.name()
                + " has a feature named "
                + key
                + ", which is one of its keys: its rows would have two columns of that name;"
                + " rename the feature");
      }
      fields.add(Field.required(key, events.field(events.requireIndexOf(key)).type()));
    }
    fields.addAll(aggregator.rowSchema().fields());
    return new RowSchema(view.name(), fields);
  }

  /** A row as an event, in the columns of {@link #rows()}. */
  public Values row(EntityKey key, Values features) {
    List<String> parts = key.parts();
    Values row = new Values(parts.size() + features.size());
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      ValueType type = events.field(events.requireIndexOf(view.entity().keys().get(i))).type();
      switch (type) {
        case STRING -> row.setText(i, part);
        case BOOL -> row.setBoolean(i, Boolean.parseBoolean(part));
        default -> row.setLong(i, Long.parseLong(part));
      }
    }
    for (int i = 0; i < features.size(); i++) {
      row.copyFrom(parts.size() + i, features, i);
    }
    return row;
  }
}
